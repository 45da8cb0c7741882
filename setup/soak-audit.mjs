// SPDX-License-Identifier: Apache-2.0
// The long count of the audit log: a writer is killed a thousand times at moments nobody chose (npm run soak -- audit).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, nodeBinary, root, say } from './steps.mjs';

const KILLS = 1000;
const table = join(root, 'docs/soak-audit.md');

/** True when nothing acknowledged was lost; a count that the table has for these sources is not made again. */
export function soakAudit(short) {
  const digest = createHash('sha256');
  for (const file of filesUnder('src/audit', /\.ts$/)) digest.update(readFileSync(join(root, file)));
  const sources = digest.digest('hex').slice(0, 12);
  const kills = short ?? KILLS;
  const done = existsSync(table) && readFileSync(table, 'utf8').includes(`| ${sources} | ${kills} |`);
  if (done) return true;
  const script = join(root, 'test/fixtures/audit-kills/kills.ts');
  const run = spawnSync(nodeBinary(), ['--disable-warning=ExperimentalWarning', script, String(kills)], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const counts = /^kills (\d+) (\d+) (\d+)$/m.exec(run.stdout ?? '');
  if (run.status !== 0 || !counts) return false;
  const [, , acknowledged, records] = counts;
  say(`audit: ${kills} kills, ${acknowledged} acknowledged, none lost, none twice`);
  if (short === undefined)
    writeFileSync(table, page(`| ${sources} | ${kills} | ${acknowledged} | ${records} | 0 | 0 |`));
  return true;
}

const page = (line) => `# Soak of the audit log

Made by \`npm run soak -- audit\`: a process that writes records, 160 at a time, gets SIGKILL at a random moment, again
and again on the same log. After that every record it acknowledged has to be there, once, under the number it was told, and
the log has to verify. *Sources* is the digest of \`src/audit\`.

| sources | kills | acknowledged | records | lost | twice |
|---|---|---|---|---|---|
${line}
`;
