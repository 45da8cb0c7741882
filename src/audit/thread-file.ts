// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';

/** The file a thread starts from, by room and name: the source, or what was made of it when this is the bundled program. */
export function threadFile(name: string): string {
  const fromSource = import.meta.filename.endsWith('.ts');
  return fromSource
    ? join(import.meta.dirname, '..', `${name}.ts`)
    : join(packageRoot(), 'dist', `${name}.mjs`);
}
