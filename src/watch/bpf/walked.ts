// SPDX-License-Identifier: Apache-2.0
/** What is there by the kernel's tables alone, where nobody hands out numbers: all that the iterators show, and no more. */
import { attachTypeName, linkTypeName, mapTypeName, programTypeName } from '../../model/bpf-names.ts';
import { STRUCTS } from '../../plan/layout.generated.ts';
import type { Listing, SeenRow, Walk } from '../../runtime/bpf-audit/listing.ts';
import { linkAt, mapAt, programAt } from './audit-records.ts';

const SEEN = STRUCTS.tg_bpf_seen.fields;
const INSN_BYTES = 8;

function program({ bytes }: SeenRow) {
  const { attachType, targetId, insns, mapCount, attachFunction, type, ...facts } = programAt(
    bytes,
    SEEN.prog.offset,
  );
  return {
    ...facts,
    type: programTypeName(type),
    xlatedBytes: insns * INSN_BYTES,
    runTimeNs: 0,
    runCount: 0,
  };
}

function map({ bytes }: SeenRow) {
  const { type, ...facts } = mapAt(bytes, SEEN.map.offset);
  return { ...facts, type: mapTypeName(type), btfId: 0 };
}

function link({ bytes }: SeenRow) {
  const { id, type, programId, attachType } = linkAt(bytes, SEEN.link.offset);
  const named = attachType !== 0 && { attachType: attachTypeName(attachType) };
  return { id, type: linkTypeName(type), programId, ...named };
}

const byId = <T extends { id: number }>(rows: SeenRow[], read: (row: SeenRow) => T): Map<number, T> =>
  new Map(rows.map(read).map((one) => [one.id, one]));

export function walkedListing(walk: Walk | undefined): Listing {
  return {
    programs: byId(walk?.programs ?? [], program),
    maps: byId(walk?.maps ?? [], map),
    links: byId(walk?.links ?? [], link),
    btfIds: [],
  };
}
