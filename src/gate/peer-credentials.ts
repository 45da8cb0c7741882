// SPDX-License-Identifier: Apache-2.0
/** Who connects to the host administrator's socket, by the kernel's word where the addon is built. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { Subject } from '../model/subject.ts';

interface PeerAddon {
  peerCredentials(fd: number): { pid: number; uid: number; gid: number };
}

export interface PeerCheck {
  /** the kernel tells who it is; without it the socket's mode is all that keeps others out */
  byKernel: boolean;
  /** undefined: somebody who is not to be let in without a token */
  subjectOf(socket: Socket): Subject | undefined;
}

const PLATFORM = ['tracegate:platform'];

export function peerCheck(root: string): PeerCheck {
  const addon = loadAddon(join(root, 'build', 'tracegate_peercred.node'));
  if (addon === undefined) {
    return { byKernel: false, subjectOf: () => ({ user: 'local-administrator', groups: PLATFORM }) };
  }
  return { byKernel: true, subjectOf: (socket) => administrator(addon, socket) };
}

/** Root and whoever owns this process; anybody else needs a token, whatever the socket's mode says. */
function administrator(addon: PeerAddon, socket: Socket): Subject | undefined {
  try {
    const { uid } = addon.peerCredentials(descriptorOf(socket));
    if (uid === 0) return { user: 'root', groups: PLATFORM, uid: 'uid:0' };
    if (uid === process.getuid?.()) return { user: userInfo().username, groups: PLATFORM, uid: `uid:${uid}` };
  } catch {
    // a socket that is closing tells nothing: then nobody is let in
  }
  return undefined;
}

/** Node shows the descriptor of a socket only on its handle. */
function descriptorOf(socket: Socket): number {
  const handle = (socket as Socket & { _handle?: { fd?: number } })._handle;
  return handle?.fd ?? -1;
}

function loadAddon(path: string): PeerAddon | undefined {
  if (!existsSync(path)) return undefined;
  try {
    return createRequire(import.meta.url)(path) as PeerAddon;
  } catch {
    return undefined;
  }
}
