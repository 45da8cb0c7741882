// SPDX-License-Identifier: Apache-2.0
/**
 * The agent runs from an executable of its own: a copy of Node in its own folder. The kernel side spares the agent by
 * the inode of its executable, and no other Node process shall be spared with it.
 */
import { chmodSync, copyFileSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

export function privateNode(agentDir: string, node = process.execPath): string {
  const dir = join(agentDir, 'bin');
  const copy = join(dir, 'tracegate-agent');
  if (existsSync(copy) && statSync(copy).size === statSync(node).size) return copy;
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  copyFileSync(node, `${copy}.new`);
  chmodSync(`${copy}.new`, 0o755);
  renameSync(`${copy}.new`, copy);
  return copy;
}
