// SPDX-License-Identifier: Apache-2.0
// npm run soak [-- --tries N] [audit|bpf|gaps|KERNEL|FAMILY …]: the long counts. Two threads against the policy of every family of system calls, on each
// kernel; resumable: a line that docs/soak.md has for this commit's programs is not run again. With --tries the counts are
// short and only printed; kernels or families that are named are run alone.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { KERNELS, kernelReady, labRoot } from './lab-kernels.mjs';
import { labPrograms } from './lab-programs.mjs';
import { soakAudit } from './soak-audit.mjs';
import { soakBpf } from './soak-bpf.mjs';
import { soakGaps } from './soak-gaps.mjs';
import { digestOf, enforcingSources, soakTable } from './soak-table.mjs';
import { addons, aptPackages, bpfObjects, nodeBinary, npmPackages, root, say } from './steps.mjs';

/** Of a family whose try is dear (a program is run), the second. */
const TRIES = { custom: [100_000, 1000], 6.12: [20_000, 300], 6.1: [8000, 100] };
const SECONDS_MAX = 3600;
const SOAK = 'test/kernel/race-soak.ts';
const table = soakTable(
  'docs/soak.md',
  `# Soak

Made by \`npm run soak\`: one thread flips eight bytes of a path or an address between a forbidden and a harmless one,
another makes the call, door after door of the family; after every call its effect is looked for (the link, the inode, the
mount, the mark a program leaves, the datagram). *Programs* is the digest of the BPF sources.

| kernel | family | programs | tries | denied | harmless effects | forbidden effects |
|---|---|---|---|---|---|---|
`,
);

const asked = process.argv.indexOf('--tries');
const short = asked > 0 ? Number(process.argv[asked + 1]) : undefined;
if (short !== undefined && !(short > 0)) {
  say('--tries wants a number');
  process.exit(2);
}
const named = process.argv.slice(2).filter((_, i) => asked < 0 || (i + 2 !== asked && i + 2 !== asked + 1));
const familyNames = families().map(({ name }) => name);
const known = ['audit', 'bpf', 'gaps', ...KERNELS, ...familyNames];
const unknown = named.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  say(`no kernel or family ${unknown.join(', ')}: there are ${known.join(', ')}`);
  process.exit(2);
}

const wanted = (name) => named.length === 0 || named.includes(name);

/** All of them, where none is named. */
function meant(names) {
  const some = names.filter((name) => named.includes(name));
  return some.length > 0 ? some : names;
}

const programs = digestOf(enforcingSources());

function node(...args) {
  return [nodeBinary(), '--disable-warning=ExperimentalWarning', SOAK, ...args];
}

function families() {
  const [command, ...args] = node('families');
  return JSON.parse(spawnSync(command, args, { cwd: root, encoding: 'utf8' }).stdout);
}

/** What the race said, or nothing: an emulated machine now and then breaks off as it starts. */
function raced(kernel, family, tries) {
  const run = spawnSync(
    join(root, 'test/lab/vmrun'),
    ['-t', String(SECONDS_MAX), '-k', kernel, node(family, String(tries)).join(' ')],
    { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
  );
  const line = /^race \S+ (\d+) (\d+) (\d+) (\d+)$/m.exec(run.stdout);
  if (line) return line.slice(1);
  say(`${kernel}, ${family}: nothing counted\n${run.stdout.slice(-1000)}${run.stderr.slice(-1000)}`);
  return undefined;
}

const counted = (...of) => raced(...of) ?? raced(...of);

function soak(kernel, { name, dear }) {
  const tries = short ?? TRIES[kernel][dear ? 1 : 0];
  if (!short && table.has(kernel, name, programs, tries)) return true;
  const counts = counted(kernel, name, tries);
  if (!counts) return false;
  const [made, denied, forbidden, harmless] = counts;
  say(`${kernel}, ${name}: of ${made} tries ${denied} denied, ${harmless} harmless, ${forbidden} forbidden`);
  if (!short) table.keep([kernel, name], [programs, made, denied, harmless, forbidden]);
  return forbidden === '0' && Number(denied) > 0 && Number(harmless) > 0;
}

npmPackages();
const auditHeld = !wanted('audit') || soakAudit(short);
if (named.length > 0 && named.every((name) => name === 'audit')) process.exit(auditHeld ? 0 : 1);
if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
labPrograms();
const noFamilies =
  (named.includes('bpf') || named.includes('gaps')) && !named.some((name) => familyNames.includes(name));
let failed = 0;
for (const kernel of meant(KERNELS)) {
  const missing = kernelReady(kernel);
  if (missing) {
    say(`skipped ${kernel}: ${missing}`);
    continue;
  }
  if (wanted('bpf') && !soakBpf(kernel, short)) failed++;
  if (wanted('gaps') && !soakGaps(kernel, short)) failed++;
  const all = noFamilies ? [] : families();
  const chosen = meant(all.map(({ name }) => name));
  for (const family of all) if (chosen.includes(family.name) && !soak(kernel, family)) failed++;
}
process.exit(failed === 0 && auditHeld ? 0 : 1);
