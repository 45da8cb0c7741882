// SPDX-License-Identifier: Apache-2.0
// npm start: installs and builds what is missing, then `tracegate up` in the foreground.
import { spawn } from 'node:child_process';
import {
  addons,
  aptPackages,
  bpfObjects,
  bundle,
  nodeBinary,
  npmPackages,
  root,
  say,
  wayOut,
} from './steps.mjs';

npmPackages();
const node = nodeBinary();
bundle();
if (process.getuid?.() === 0 && aptPackages('runtime')) {
  bpfObjects();
  addons();
  wayOut();
} else if (process.getuid?.() !== 0) {
  say('not root: the gate and the command line work; the eBPF agent is not set up');
}
const child = spawn(
  node,
  ['--disable-warning=ExperimentalWarning', 'dist/main.mjs', 'up', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
