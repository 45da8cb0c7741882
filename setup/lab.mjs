// SPDX-License-Identifier: Apache-2.0
// npm run lab -- [-k custom|6.1|6.12] 'command': runs a command as root in a test kernel, in this checkout.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { kernelReady, labRoot } from './lab-kernels.mjs';
import { labPrograms } from './lab-programs.mjs';
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

const args = process.argv.slice(2);
const at = args.indexOf('-k');
const kernel = at >= 0 ? args.splice(at, 2)[1] : '6.1';
if (args.length === 0) {
  say("usage: npm run lab -- [-k custom|6.1|6.12] 'command'");
  process.exit(2);
}
npmPackages();
if (!aptPackages('runtime') || !aptPackages('lab')) process.exit(3);
bpfObjects();
addons();
wayOut();
labPrograms();
bundle();
const missing = kernelReady(kernel);
if (missing) {
  say(missing);
  process.exit(3);
}
const env = {
  ...process.env,
  VMLAB: labRoot,
  PATH: `${dirname(nodeBinary())}${delimiter}${join(root, 'node_modules/.bin')}${delimiter}${process.env.PATH}`,
};
const command = `export PATH=${env.PATH}; ${args.join(' ')}`;
process.exit(
  spawnSync(join(root, 'test/lab/vmrun'), ['-t', '3600', '-k', kernel, command], { env, stdio: 'inherit' })
    .status ?? 125,
);
