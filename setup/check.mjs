// SPDX-License-Identifier: Apache-2.0
// npm run check: types, lint and format, import arrows and the other rules of the house.
import { spawnSync } from 'node:child_process';
import { nodeBinary, npmPackages, root } from './steps.mjs';

npmPackages();
const node = nodeBinary();
const steps = [
  ['types', 'node_modules/.bin/tsc', ['-p', '.']],
  ['lint and format', 'node_modules/.bin/biome', ['check']],
  ['import arrows and house rules', node, ['--test', '--test-reporter=dot', 'test/unit/house/*.test.ts']],
];
let failed = 0;
for (const [name, command, args] of steps) {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) failed++;
  process.stderr.write(`${status === 0 ? 'ok    ' : 'failed'} ${name}\n`);
}
process.exit(failed === 0 ? 0 : 1);
