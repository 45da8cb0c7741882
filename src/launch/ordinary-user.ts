// SPDX-License-Identifier: Apache-2.0
/** Whom the gate runs as when root starts it: an ordinary user, where that user can reach what the gate needs. */
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

export interface OrdinaryUser {
  name: string;
  uid: number;
  gid: number;
}

const PREFERRED = ['tracegate', 'nobody'];
const OTHERS_EXECUTE = 0o001;
const OTHERS_READ = 0o004;

function passwdEntry(name: string): OrdinaryUser | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((l) => l.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined ? undefined : { name, uid: Number(uid), gid: Number(gid) };
}

/** The first folder on the way to a file that others may not enter, or the file itself when they may not read it. */
export function barrier(file: string): string | undefined {
  const mode = (path: string) => statSync(path).mode;
  const parents: string[] = [];
  for (let dir = dirname(resolve(file)); ; dir = dirname(dir)) {
    parents.unshift(dir);
    if (dirname(dir) === dir) break;
  }
  const closed = parents.find((dir) => (mode(dir) & OTHERS_EXECUTE) === 0);
  return closed ?? ((mode(file) & OTHERS_READ) === 0 ? file : undefined);
}

/** The user, or why the gate cannot be run as one. `needed`: files it has to read. */
export function ordinaryUser(needed: readonly string[]): OrdinaryUser | { reason: string } {
  const user = PREFERRED.map(passwdEntry).find((entry) => entry !== undefined);
  if (!user) return { reason: `this host has neither a user ${PREFERRED.join(' nor ')}` };
  const closed = needed.map(barrier).find((path) => path !== undefined);
  return closed === undefined ? user : { reason: `${user.name} may not enter ${closed}` };
}
