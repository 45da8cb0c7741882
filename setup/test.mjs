// SPDX-License-Identifier: Apache-2.0
// npm test: sets up, runs every test there is, says what was skipped and why, ends with the counts.
//   npm test                     everything
//   npm test -- unit api …       only these folders of test/ (kernel and product run in the lab)
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { KERNELS, kernelReady, labRoot } from './lab-kernels.mjs';
import {
  addons,
  aptPackages,
  bpfObjects,
  bundle,
  filesUnder,
  labPrograms,
  nodeBinary,
  npmPackages,
  root,
  say,
  wayOut,
} from './steps.mjs';

const FOLDERS = ['unit', 'rules', 'api', 'cli', 'webhook', 'cluster', 'bench', 'host', 'docs'];
const LAB_FOLDERS = ['kernel', 'product'];
const KERNEL_SECONDS_MAX = 1500;
const total = { passed: 0, failed: 0, skipped: 0 };

/** V8's words when it gives up on itself. Under QEMU's emulation it does so now and then, before any test has failed. */
const V8_ABORT = '# Fatal error in';

/**
 * Runs a command whose output ends in a #counts line; prints the rest, adds the counts up. `again`: run it anew, once,
 * when V8 itself broke off before there were any counts.
 */
function run(name, command, args, env = {}, again = false) {
  return new Promise((resolve) => {
    const started = Date.now();
    let counted = false;
    let aborted = false;
    let rest = '';
    const take = (line) => {
      if (!line.startsWith('#counts ')) return process.stdout.write(`${line}\n`);
      counted = true;
      for (const [key, n] of Object.entries(JSON.parse(line.slice(8)))) total[key] += n;
      return undefined;
    };
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const read = (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.stderr.setEncoding('utf8').on('data', (chunk) => {
      if (chunk.includes(V8_ABORT)) aborted = true;
      process.stderr.write(chunk);
    });
    child.on('close', (code) => {
      if (rest) take(rest);
      if (!counted && aborted && again) {
        say(`${name}: V8 broke off in the emulated machine (see above); run once more`);
        resolve(run(name, command, args, env));
        return;
      }
      if (!counted) {
        total.failed++;
        say(`not ok ${name}: ended with ${code} before it counted its tests`);
      }
      say(`${name}: ${Math.round((Date.now() - started) / 1000)} s`);
      resolve();
    });
  });
}

function skip(name, why) {
  total.skipped++;
  process.stdout.write(`skipped ${name}: ${why}\n`);
}

const nodeArgs = (files, more = []) => [
  '--disable-warning=ExperimentalWarning',
  '--test',
  '--test-reporter=./setup/test-reporter.mjs',
  ...more,
  ...files,
];

async function hostTests(node, folders) {
  const files = folders.flatMap((folder) => filesUnder(`test/${folder}`, /\.test\.ts$/));
  if (files.length > 0) await run('tests on this host', node, nodeArgs(files));
}

async function kernelTests(node, folder) {
  const files = filesUnder(`test/${folder}`, /\.test\.ts$/);
  if (files.length === 0) return;
  if (!aptPackages('lab') || !existsSync(join(root, 'build/tracegate_bpf.node'))) {
    for (const kernel of KERNELS) skip(`${folder} tests on ${kernel}`, 'the lab is not set up (see above)');
    return;
  }
  for (const kernel of KERNELS) {
    const missing = kernelReady(kernel);
    if (missing) {
      skip(`${folder} tests on ${kernel}`, missing);
      continue;
    }
    const path = `${dirname(node)}:${process.env.PATH}`;
    const command = `export PATH=${path} LAB_KERNEL=${kernel}; exec node ${nodeArgs(files, ['--test-isolation=none', '--test-force-exit']).join(' ')}`;
    await run(
      `${folder} tests on ${kernel}`,
      'test/lab/vmrun',
      ['-t', String(KERNEL_SECONDS_MAX), '-k', kernel, command],
      { VMLAB: labRoot },
      true,
    );
  }
}

npmPackages();
const node = nodeBinary();
bundle();
if (aptPackages('runtime')) {
  bpfObjects();
  addons();
  wayOut();
}
if (aptPackages('lab')) labPrograms();
const asked = process.argv.slice(2);
const folders = asked.length > 0 ? asked : [...FOLDERS, ...LAB_FOLDERS];
await hostTests(
  node,
  folders.filter((f) => !LAB_FOLDERS.includes(f)),
);
for (const folder of LAB_FOLDERS) if (folders.includes(folder)) await kernelTests(node, folder);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
