// SPDX-License-Identifier: Apache-2.0
/**
 * What is there, asked in two ways: by the ids that bpf(2) hands out, and by iterators that walk the kernel's own tables. Where
 * the two do not agree, something hides.
 */
import { closeSync, readSync } from 'node:fs';
import { constants } from 'node:os';
import { KIND } from '../../kernel/btf.ts';
import { kernelBtf } from '../../kernel/facts.ts';
import { STRUCTS } from '../../plan/layout.generated.ts';
import {
  kernelReason,
  type Native,
  type NativeFailure,
  type NativeObject,
  type ObjectKind,
} from '../native.ts';
import {
  type LinkFacts,
  linkFacts,
  type MapFacts,
  mapFacts,
  type ProgramFacts,
  programFacts,
} from './object-facts.ts';

export const OBJECT = { program: 1, map: 2, link: 3, btf: 4 } as const;

export interface Listing {
  programs: Map<number, ProgramFacts>;
  maps: Map<number, MapFacts>;
  links: Map<number, LinkFacts>;
  btfIds: number[];
}

/** One row of the iterators, still as bytes. */
export interface SeenRow {
  object: number;
  id: number;
  /** of a row of the holders: whose descriptor it is */
  tgid: number;
  bytes: Buffer;
}

export interface Walk {
  programs: SeenRow[];
  maps: SeenRow[];
  links: SeenRow[];
  holders: SeenRow[];
}

const FILE = 'bpf_audit_list.bpf.o';
const ITERATORS = {
  tg_list_progs: 'programs',
  tg_list_maps: 'maps',
  tg_list_links: 'links',
  tg_list_holders: 'holders',
} as const;
/** The function that each of them is an iterator over. */
const OVER: Record<string, string> = {
  tg_list_progs: 'bpf_iter_bpf_prog',
  tg_list_maps: 'bpf_iter_bpf_map',
  tg_list_links: 'bpf_iter_bpf_link',
  tg_list_holders: 'bpf_iter_task_file',
};
const CHUNK_BYTES = 1 << 16;

/** Numbers of objects are for CAP_SYS_ADMIN; to walk the tables CAP_BPF and CAP_PERFMON are enough. */
const WITHOUT_IDS = [
  'what hides from one of two ways of asking: without CAP_SYS_ADMIN there is one, the kernel’s own tables',
  'licences, run times and BTF objects: the kernel tells them by numbers, which it hands out to CAP_SYS_ADMIN alone',
];

/** Throws what is no refusal. */
function handsOutIds(native: Native): boolean {
  try {
    native.objectIds(OBJECT.program);
    return true;
  } catch (thrown) {
    if ((thrown as NativeFailure).errno === constants.errno.EPERM) return false;
    throw thrown;
  }
}

export class Listings {
  readonly #native: Native;
  readonly #links = new Map<keyof Walk, number>();
  /** which ways of looking are not to be had, in words */
  readonly blind: string[] = [];
  readonly #hasIds: boolean;

  constructor(
    native: Native,
    open: (file: string, options: { without?: string[] }) => NativeObject,
    degraded = false,
  ) {
    this.#native = native;
    this.#hasIds = handsOutIds(native);
    if (!this.#hasIds) this.blind.push(...WITHOUT_IDS);
    if (degraded) return;
    const known = kernelBtf();
    const without = Object.keys(OVER).filter(
      (name) => known?.find(KIND.FUNC, OVER[name] as string) === undefined,
    );
    for (const name of without)
      this.blind.push(`no second look at ${ITERATORS[name as keyof typeof ITERATORS]}`);
    try {
      for (const { name, fd } of open(FILE, { without }).programs)
        this.#links.set(ITERATORS[name as keyof typeof ITERATORS], native.attachIter(fd));
    } catch (thrown) {
      this.blind.push(`no second look at what is there (${kernelReason(thrown)})`);
    }
  }

  /** By ids. What goes while it is read is left out. Undefined: they are not for this process. */
  byIds(): Listing | undefined {
    if (!this.#hasIds) return undefined;
    const all = <T extends { id: number }>(
      kind: ObjectKind,
      facts: (info: NonNullable<ReturnType<Native['objectInfo']>>) => T,
    ) => {
      const found = new Map<number, T>();
      for (const id of this.#native.objectIds(kind)) {
        const info = this.#native.objectInfo(kind, id);
        if (info) found.set(id, facts(info));
      }
      return found;
    };
    return {
      programs: all(OBJECT.program, programFacts),
      maps: all(OBJECT.map, mapFacts),
      links: all(OBJECT.link, linkFacts),
      btfIds: this.#native.objectIds(OBJECT.btf),
    };
  }

  /** By the kernel's tables; undefined: there are no iterators here. */
  walk(): Walk | undefined {
    if (this.#links.size === 0) return undefined;
    const rows = (name: keyof Walk) => {
      const link = this.#links.get(name);
      return link === undefined ? [] : rowsIn(this.#read(link));
    };
    return { programs: rows('programs'), maps: rows('maps'), links: rows('links'), holders: rows('holders') };
  }

  #read(link: number): Buffer {
    const fd = this.#native.openIter(link);
    const chunks: Buffer[] = [];
    try {
      for (;;) {
        const chunk = Buffer.alloc(CHUNK_BYTES);
        const length = readSync(fd, chunk);
        if (length === 0) return Buffer.concat(chunks);
        chunks.push(chunk.subarray(0, length));
      }
    } finally {
      closeSync(fd);
    }
  }

  close(): void {
    for (const link of this.#links.values()) this.#native.closeFd(link);
    this.#links.clear();
  }
}

function rowsIn(bytes: Buffer): SeenRow[] {
  const { size, fields } = STRUCTS.tg_bpf_seen;
  const rows: SeenRow[] = [];
  for (let at = 0; at + size <= bytes.length; at += size) {
    const row = bytes.subarray(at, at + size);
    rows.push({
      object: row.readUInt32LE(fields.object.offset),
      id: row.readUInt32LE(fields.id.offset),
      tgid: row.readUInt32LE(fields.tgid.offset),
      bytes: row,
    });
  }
  return rows;
}
