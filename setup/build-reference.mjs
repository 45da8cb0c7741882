// SPDX-License-Identifier: Apache-2.0
// Writes the generated pages of docs/: `node setup/build-reference.mjs`. A test compares them with what is checked in.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGES } from './reference/pages.ts';

for (const [name, print] of Object.entries(PAGES))
  writeFileSync(join(import.meta.dirname, '../docs', name), print());
