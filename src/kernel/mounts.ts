// SPDX-License-Identifier: Apache-2.0
/**
 * Whether a file can be read without waiting for somebody. Behind some file systems there is a process, or another machine:
 * whoever serves them decides when a read ends, and if. A user may mount such a one, or an overlay over it, in a namespace
 * of their own.
 */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { O_PATH } from './files.ts';

/** On a disk or in memory. */
const LOCAL = new Set(
  'ext2 ext3 ext4 xfs btrfs f2fs bcachefs zfs tmpfs ramfs rootfs devtmpfs hugetlbfs squashfs erofs iso9660 vfat'.split(
    ' ',
  ),
);
const SERVED = /^(fuse|fuseblk|fuse\..*|nfs4?|cifs|smb3?|ceph|afs|coda|autofs)$/;

export interface Mount {
  id: string;
  /** of its file system, as major:minor */
  device: string;
  type: string;
}

/** Lines of /proc/PID/mountinfo (proc_pid_mountinfo(5)): number, parent, device, …, a dash, the type. */
export function mountsIn(text: string): Mount[] {
  const line = /^(\d+) \d+ (\d+:\d+) .* - (\S+) /gm;
  return Array.from(text.matchAll(line), ([, id = '', device = '', type = '']) => ({ id, device, type }));
}

/** `id`: the mount a file was found by. `theirs` and `ours`: what its process has mounted, and this one. */
export function answersByItself(id: string, theirs: readonly Mount[], ours: readonly Mount[]): boolean {
  const mount = theirs.find((m) => m.id === id) ?? ours.find((m) => m.id === id);
  if (!mount || SERVED.test(mount.type)) return false;
  // an overlay, say: what lies under one of the host's is for the host to know
  return (
    LOCAL.has(mount.type) || ours.some(({ device, type }) => device === mount.device && type === mount.type)
  );
}

/** Whose view of the mounts a path is looked up in. */
type Viewer = number | 'self';

function mountsOf(pid: Viewer): Mount[] {
  return mountsIn(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'));
}

const mountIdOf = (fd: number): string | undefined =>
  /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];

/** Of an open descriptor, O_PATH will do: it lies on a disk or in memory, and not on an overlay. Throws where the process is gone. */
export function isLocal(fd: number): boolean {
  const id = mountIdOf(fd);
  const mount = mountsOf('self').find((one) => one.id === id);
  return mount !== undefined && LOCAL.has(mount.type);
}

/** Of an open descriptor, O_PATH will do: nothing is asked of the file system. Throws where the process is gone. */
export function isReadAtOnce(fd: number, pid: Viewer): boolean {
  const id = mountIdOf(fd);
  return id !== undefined && answersByItself(id, mountsOf(pid), mountsOf('self'));
}

/**
 * Opens a file that a process has led us to, without waiting for whoever may serve its file system; undefined when somebody
 * does. What is asked about is the very file that is opened. Throws what the kernel says.
 */
export function openAtOnce(path: string, pid: Viewer): number | undefined {
  const place = openSync(path, O_PATH);
  try {
    if (!isReadAtOnce(place, pid)) return undefined;
    return openSync(`/proc/self/fd/${place}`, constants.O_RDONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(place);
  }
}
