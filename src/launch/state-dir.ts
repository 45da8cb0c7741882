// SPDX-License-Identifier: Apache-2.0
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { OrdinaryUser } from './ordinary-user.ts';

/** Parts of the state that are the agent's: root's, whoever the gate is. */
const AGENT_PARTS = new Set(['agent', 'agent.sock', 'agent.log', 'gate.log']);
/** Sticky, and writable for the gate's group: the gate adds its files and cannot take the agent's away. */
const SHARED_MODE = 0o1770;

function giveAway(path: string, user: OrdinaryUser): void {
  chownSync(path, user.uid, user.gid);
  if (statSync(path).isDirectory()) for (const name of readdirSync(path)) giveAway(join(path, name), user);
}

/** Makes the state directory; when the gate runs as another user than root, both get their parts of it. */
export function prepareStateDir(stateDir: string, user: OrdinaryUser | undefined): void {
  if (!existsSync(stateDir)) mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (!user) return;
  chownSync(stateDir, 0, user.gid);
  chmodSync(stateDir, SHARED_MODE);
  for (const name of readdirSync(stateDir)) if (!AGENT_PARTS.has(name)) giveAway(join(stateDir, name), user);
}
