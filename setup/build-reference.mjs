// SPDX-License-Identifier: Apache-2.0
// Writes the generated pages of docs/: `node setup/build-reference.mjs`. A test compares them with what is checked in.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES, PAGES_ELSEWHERE } from './reference/pages.ts';

for (const [name, print] of Object.entries(PAGES))
  writeFileSync(join(import.meta.dirname, '../docs', name), print());
for (const [name, { print, possible }] of Object.entries(PAGES_ELSEWHERE)) {
  if (possible()) writeFileSync(join(import.meta.dirname, '../docs', name), print());
  else process.stderr.write(`docs/${name} stays as it is: what it is about is not here\n`);
}
