// SPDX-License-Identifier: Apache-2.0
// The long count of gaps: no forbidden call passes while policies are updated and agents are killed (npm run soak -- gaps).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { labRoot } from './lab-kernels.mjs';
import { digestOf, enforcingSources, soakTable } from './soak-table.mjs';
import { filesUnder, nodeBinary, root, say } from './steps.mjs';

const UPDATES = 200;
const KILLS = 40;
const SECONDS_MAX = 3600;
const table = soakTable(
  'docs/soak-gaps.md',
  `# Soak of gaps

Made by \`npm run soak -- gaps\`: one process makes a forbidden link without a pause, while the policy that forbids it is updated again and
again, and then while the process that updates it is killed (SIGKILL) at any moment and the next one takes over what it left. No link may
be there. *Sources* is the digest of what loads policies and of the programs.

| kernel | sources | updates | kills | updates between kills | tries | denied | made |
|---|---|---|---|---|---|---|---|
`,
);
/** Of the runtime what loads policies and keeps them. */
const ofPolicies = (file) => !/^src\/runtime\/bpf-/.test(file);
const sources = () =>
  digestOf([...enforcingSources(), ...[...filesUnder('src/runtime', /\.ts$/)].filter(ofPolicies)]);

function counted(kernel, updates, kills) {
  const script = `${nodeBinary()} --disable-warning=ExperimentalWarning test/kernel/gaps-soak.ts ${updates} ${kills}`;
  // on one CPU, as the tests of updates: see there
  const run = spawnSync(
    join(root, 'test/lab/vmrun'),
    ['-t', String(SECONDS_MAX), '-s', '1', '-k', kernel, script],
    { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
  );
  const found = /^gaps (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(run.stdout);
  if (found) return found.slice(1);
  say(`${kernel}, gaps: nothing counted\n${run.stdout.slice(-1000)}${run.stderr.slice(-1000)}`);
  return undefined;
}

/** True when nothing passed; a count that the table has for these sources is not made again. */
export function soakGaps(kernel, short) {
  const [updates, kills] = [short ?? UPDATES, short === undefined ? KILLS : Math.ceil(short / 5)];
  if (short === undefined && table.has(kernel, sources(), updates, kills)) return true;
  const counts = counted(kernel, updates, kills);
  if (!counts) return false;
  const [, , between, tries, denied, made] = counts;
  say(
    `${kernel}, gaps: ${updates} updates, ${kills} kills, of ${tries} forbidden calls ${denied} denied, ${made} made`,
  );
  if (short === undefined) table.keep([kernel], [sources(), updates, kills, between, tries, denied, made]);
  return made === '0' && Number(denied) > 0 && Number(between) > 0;
}
