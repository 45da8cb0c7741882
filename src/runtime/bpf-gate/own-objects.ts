// SPDX-License-Identifier: Apache-2.0
/** The programs, maps and links that this agent holds or has pinned: what was there before the gate could see it made. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TG_GATE_OBJECT } from '../../plan/layout.generated.ts';
import type { Native } from '../native.ts';

export interface OwnObject {
  kind: number;
  id: number;
}

const { TG_GO_PROG, TG_GO_MAP, TG_GO_LINK } = TG_GATE_OBJECT;
const KINDS = [
  ['prog_id', TG_GO_PROG],
  ['map_id', TG_GO_MAP],
  ['link_id', TG_GO_LINK],
] as const;

/** In the text of /proc/PID/fdinfo/FD. A link names its program as well. */
export function objectsIn(fdinfo: string): OwnObject[] {
  return KINDS.flatMap(([field, kind]) => {
    const id = new RegExp(`^${field}:\\s*(\\d+)$`, 'm').exec(fdinfo)?.[1];
    return id === undefined ? [] : [{ kind, id: Number(id) }];
  });
}

function held(): OwnObject[] {
  return readdirSync('/proc/self/fdinfo').flatMap((fd) => {
    try {
      return objectsIn(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'));
    } catch {
      return []; // the descriptor that the folder was read by
    }
  });
}

function pinned(native: Native, bpffs: string): OwnObject[] {
  return readdirSync(bpffs)
    .filter((name) => name.startsWith('link-'))
    .flatMap((name) => {
      const fd = native.getPinned(join(bpffs, name));
      try {
        const { id, progId } = native.linkInfo(fd);
        return [
          { kind: TG_GO_LINK, id },
          { kind: TG_GO_PROG, id: progId },
        ];
      } finally {
        native.closeFd(fd);
      }
    });
}

export function ownObjects(native: Native, bpffs: string): OwnObject[] {
  return [...held(), ...pinned(native, bpffs)];
}
