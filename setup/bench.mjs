// SPDX-License-Identifier: Apache-2.0
// npm run bench -- NAME: runs test/bench/NAME/main.ts, which prints its table.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { bundle, nodeBinary, npmPackages, root, say } from './steps.mjs';

const benches = readdirSync(join(root, 'test/bench')).filter((name) =>
  existsSync(join(root, 'test/bench', name, 'main.ts')),
);
const wanted = process.argv.slice(2).filter((name) => !name.startsWith('-'));
const unknown = wanted.find((name) => !benches.includes(name));
if (unknown !== undefined) {
  say(`there is no bench ${unknown}; choose of: ${benches.join(', ')}`);
  process.exit(2);
}
npmPackages();
// benches measure what is installed: an older bundle would be measured in its place
bundle();
for (const name of wanted.length > 0 ? wanted : benches) {
  const main = join(root, 'test/bench', name, 'main.ts');
  const ran = spawnSync(nodeBinary(), ['--disable-warning=ExperimentalWarning', main], {
    cwd: root,
    stdio: 'inherit',
  });
  if (ran.status !== 0) process.exit(ran.status ?? 3);
}
