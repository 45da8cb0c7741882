// SPDX-License-Identifier: Apache-2.0
// npm test: sets up, runs every test there is, says what was skipped and why, ends with the counts.
//   npm test                     everything
//   npm test -- unit api …       only these folders of test/ (kernel and product run in the lab)
//   npm test -- … --all          in the lab each test on each kernel, those too in which the kernel has no say
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { labPrograms } from './lab-programs.mjs';
import { labTests } from './lab-tests.mjs';
import {
  addons,
  aptPackages,
  bpfObjects,
  bundle,
  compileCache,
  filesUnder,
  nodeBinary,
  npmPackages,
  root,
  say,
  wayOut,
} from './steps.mjs';

const FOLDERS = ['unit', 'rules', 'api', 'cli', 'webhook', 'cluster', 'bench', 'host', 'docs'];
const LAB_FOLDERS = ['kernel', 'product'];
const ALL = '--all';
const everywhere = process.argv.includes(ALL);
const total = { passed: 0, failed: 0, skipped: 0 };

/** Runs a command whose output ends in a #counts line; prints the rest, adds the counts up. */
function run(name, command, args) {
  return new Promise((resolve) => {
    const started = Date.now();
    let counted = false;
    let rest = '';
    const take = (line) => {
      if (!line.startsWith('#counts ')) return process.stdout.write(`${line}\n`);
      counted = true;
      for (const [key, n] of Object.entries(JSON.parse(line.slice(8)))) total[key] += n;
      return undefined;
    };
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const read = (chunk) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) take(line);
    };
    child.stdout.setEncoding('utf8').on('data', read);
    child.on('close', (code) => {
      if (rest) take(rest);
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

async function kernelTests(node, wanted) {
  if (wanted.length === 0) return;
  if (wanted.includes('kernel')) aptPackages('others');
  if (aptPackages('lab') && existsSync(join(root, 'build/tracegate_bpf.node')))
    await labTests(node, wanted, { nodeArgs, total, skip, everywhere });
  else for (const folder of wanted) skip(`${folder} tests`, 'the lab is not set up (see above)');
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
const asked = process.argv.slice(2).filter((word) => word !== ALL);
const folders = asked.length > 0 ? asked : [...FOLDERS, ...LAB_FOLDERS];
await hostTests(
  node,
  folders.filter((f) => !LAB_FOLDERS.includes(f)),
);
await kernelTests(
  node,
  LAB_FOLDERS.filter((f) => folders.includes(f)),
);
process.stdout.write(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
