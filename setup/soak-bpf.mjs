// SPDX-License-Identifier: Apache-2.0
// The long count of loads of BPF programs: none of so many in a row is missing in the log (npm run soak -- bpf).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { labRoot } from './lab-kernels.mjs';
import { digestOf, soakTable } from './soak-table.mjs';
import { filesUnder, nodeBinary, root, say } from './steps.mjs';

const LOADS = 10_000;
const SECONDS_MAX = 3600;
const FOLDERS = [
  'bpf',
  'src/watch/bpf',
  'src/runtime/bpf-audit',
  'src/runtime/bpf-gate',
  'src/agent/bpf-gate',
];
const FILES = ['src/agent/bpf-audit.ts'];
const table = soakTable(
  'docs/soak-bpf.md',
  `# Soak of the watch over eBPF

Made by \`npm run soak -- bpf\`: a stranger loads a program and lets go of it, again and again, as fast as it can, while the watch
tells of it and the gate, in monitor mode, says that it would have denied it. Every load has to be in the agent's audit log three
times: loaded, unloaded, judged. *Sources* is the digest of what watches and judges.

| kernel | sources | loads | loaded | unloaded | judged | lost |
|---|---|---|---|---|---|---|
`,
);
const sources = () =>
  digestOf([...FOLDERS.flatMap((folder) => [...filesUnder(folder, /\.(c|h|ts)$/)]), ...FILES]);

function counted(kernel, loads) {
  const script = join(root, 'test/kernel/bpf-soak.ts');
  const run = spawnSync(
    join(root, 'test/lab/vmrun'),
    [
      ...['-t', String(SECONDS_MAX), '-k', kernel],
      `taskset -c 0 ${nodeBinary()} --disable-warning=ExperimentalWarning ${script} ${loads}`,
    ],
    { cwd: root, env: { ...process.env, VMLAB: labRoot }, encoding: 'utf8' },
  );
  const found = /^loads (\d+) loaded (\d+) unloaded (\d+) judged (\d+) lost (\d+)$/m.exec(run.stdout);
  if (found) {
    const gaps = run.stdout.match(/^(gap|lost by) .*$/gm) ?? [];
    return { counts: found.slice(1), gaps };
  }
  say(`${kernel}, bpf: nothing counted\n${run.stdout.slice(-1000)}${run.stderr.slice(-1000)}`);
  return undefined;
}

/** True when nothing is missing; a count that the table has for these sources is not made again. */
export function soakBpf(kernel, short) {
  const loads = short ?? LOADS;
  if (!short && table.has(kernel, sources(), loads)) return true;
  const found = counted(kernel, loads);
  if (!found) return false;
  const [, loaded, unloaded, judged, lost] = found.counts;
  if (lost !== '0') say(found.gaps.join('\n'));
  say(
    `${kernel}, bpf: of ${loads} loads ${loaded} told, ${unloaded} unloads, ${judged} judged, ${lost} lost`,
  );
  if (!short) table.keep([kernel], [sources(), loads, loaded, unloaded, judged, lost]);
  return [loaded, unloaded, judged].every((n) => Number(n) === loads) && lost === '0';
}
