// SPDX-License-Identifier: Apache-2.0
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The ids that the metadata below a folder give, read without opa. */
export function ownIds(root: string): string[] {
  if (!existsSync(root)) return [];
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.rego'))
    .flatMap((name) => /^#\s+id:\s*(\S+)/m.exec(readFileSync(join(root, name), 'utf8'))?.[1] ?? []);
}
