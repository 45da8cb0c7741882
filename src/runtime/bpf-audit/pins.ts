// SPDX-License-Identifier: Apache-2.0
/** Where objects are pinned: every BPF file system of every mount namespace is walked. */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Native, ObjectKind } from '../native.ts';

export interface Pin {
  /** as the mount namespace shows it that it was found in */
  path: string;
  kind: ObjectKind;
  id: number;
  /** of the file system, as the kernel's programs see it, and in it */
  device: number;
  inode: string;
}

interface Place {
  /** leads there from this process */
  reach: string;
  /** what it is called there */
  shown: string;
}

const PINS_MOST = 65_536;
const OCTAL = /\\([0-7]{3})/g;

/** One mount of each BPF file system, wherever it is mounted. */
function places(): Place[] {
  const seen = new Set<string>();
  const found: Place[] = [];
  const namespaces = new Set<string>();
  for (const pid of ['self', ...readdirSync('/proc').filter((name) => /^\d+$/.test(name))]) {
    const namespace = orElse(() => readlinkSync(`/proc/${pid}/ns/mnt`), undefined);
    if (namespace === undefined || namespaces.has(namespace)) continue;
    namespaces.add(namespace);
    for (const line of orElse(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8'), '').split('\n')) {
      const [, , device = '', root = '', at = ''] = line.split(' ');
      if (!/ - bpf /.test(line) || seen.has(`${device} ${root}`)) continue;
      seen.add(`${device} ${root}`);
      const shown = at.replace(OCTAL, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
      found.push({ reach: pid === 'self' ? shown : join(`/proc/${pid}/root`, shown), shown });
    }
  }
  return found;
}

function orElse<T, U>(read: () => T, otherwise: U): T | U {
  try {
    return read();
  } catch {
    return otherwise; // it has gone, or may not be looked at
  }
}

/** Of stat, whose numbers are packed in another way than the kernel's own. */
function kernelDevice(device: bigint): number {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n);
  return Number((major << 20n) | minor);
}

export function pinsOnHost(native: Native): Pin[] {
  const pins: Pin[] = [];
  const walk = ({ reach, shown }: Place): void => {
    for (const name of orElse(() => readdirSync(reach), []).sort()) {
      if (pins.length >= PINS_MOST) return;
      const at = { reach: join(reach, name), shown: join(shown, name) };
      const found = orElse(() => lstatSync(at.reach, { bigint: true }), undefined);
      if (found?.isDirectory()) walk(at);
      else if (found?.isFile()) {
        const object = orElse(() => native.pinnedObject(at.reach), undefined);
        if (object)
          pins.push({
            path: at.shown,
            ...object,
            device: kernelDevice(found.dev),
            inode: String(found.ino),
          });
      }
    }
  };
  for (const place of places()) walk(place);
  return pins;
}
