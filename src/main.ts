// SPDX-License-Identifier: Apache-2.0
/** Where the program begins. What the engine compiled of a bundle for one command, the next one reads: a quarter of a short command. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const BUNDLED = /\.mjs$/;
if (BUNDLED.test(import.meta.filename)) enableCompileCache(join(import.meta.dirname, 'compile-cache'));
const { run } = await import('./launch/program.ts');
await run();
