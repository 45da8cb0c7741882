// SPDX-License-Identifier: Apache-2.0
// npm run soak: the long counts. The two-thread race against the symlink policy, 100,000 tries a kernel; resumable: a
// kernel whose line is in docs/soak.md for this commit's programs is not run again.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNELS, kernelReady, labRoot } from './lab-kernels.mjs';
import { addons, aptPackages, bpfObjects, filesUnder, nodeBinary, npmPackages, root, say } from './steps.mjs';

const TRIES = 100_000;
const table = join(root, 'docs/soak.md');
const head = [
  '# Soak',
  '',
  'Made by `npm run soak`: one thread flips eight bytes of the path between a forbidden and a harmless target, another makes',
  'the link; after every call the link itself is looked at. *Programs* is the digest of the BPF sources.',
  '',
  '| kernel | programs | tries | denied | harmless link made | forbidden link made |',
  '|---|---|---|---|---|---|',
  '',
].join('\n');

const digest = createHash('sha256');
for (const file of filesUnder('bpf', /\.(c|h)$/)) digest.update(readFileSync(join(root, file)));
const programs = digest.digest('hex').slice(0, 12);

npmPackages();
if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
let failed = 0;
for (const kernel of KERNELS) {
  const text = existsSync(table) ? readFileSync(table, 'utf8') : head;
  if (text.includes(`| ${kernel} | ${programs} | ${TRIES} |`)) continue;
  const missing = kernelReady(kernel);
  if (missing) {
    say(`skipped ${kernel}: ${missing}`);
    continue;
  }
  say(`${kernel}: ${TRIES} tries`);
  const command = `${nodeBinary()} --disable-warning=ExperimentalWarning test/kernel/race-soak.ts ${TRIES}`;
  const run = spawnSync(join(root, 'test/lab/vmrun'), ['-t', '1800', '-k', kernel, command], {
    cwd: root,
    env: { ...process.env, VMLAB: labRoot },
    encoding: 'utf8',
  });
  const counted = /^race (\d+) (\d+) (\d+) (\d+) (\d+)$/m.exec(run.stdout);
  if (!counted) {
    failed++;
    say(`${kernel}: nothing counted\n${run.stderr.slice(-2000)}`);
    continue;
  }
  const [, tries, denied, forbidden, other] = counted;
  if (forbidden !== '0') failed++;
  const others = text
    .split('\n')
    .filter((l) => !l.startsWith(`| ${kernel} |`))
    .join('\n');
  writeFileSync(
    table,
    `${others.trimEnd()}\n| ${kernel} | ${programs} | ${tries} | ${denied} | ${other} | ${forbidden} |\n`,
  );
  say(`${kernel}: ${denied} denied, ${other} harmless, ${forbidden} forbidden`);
}
process.exit(failed === 0 ? 0 : 1);
