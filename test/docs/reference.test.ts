// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { PAGES, PAGES_ELSEWHERE } from '../../setup/reference/pages.ts';
import { packageRoot } from '../../src/config/package-root.ts';

describe('the generated pages of docs/', () => {
  for (const [name, print] of Object.entries(PAGES)) {
    it(`${name} is what the code says`, () => {
      const written = readFileSync(join(packageRoot(), 'docs', name), 'utf8');
      assert.equal(written, print(), 'run: node setup/build-reference.mjs');
    });
  }
  for (const [name, { print, possible }] of Object.entries(PAGES_ELSEWHERE)) {
    const skip = possible() ? false : `what ${name} is about is not here`;
    it(`${name} is what the code says`, { skip }, () => {
      const written = readFileSync(join(packageRoot(), 'docs', name), 'utf8');
      assert.equal(written, print(), 'run: node setup/build-reference.mjs');
    });
  }
});
