// SPDX-License-Identifier: Apache-2.0
/** Rows of the kernel's tables as a listing, where its numbers are not handed out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRUCTS } from '../../../../src/plan/layout.generated.ts';
import { walkedListing } from '../../../../src/watch/bpf/walked.ts';

const SEEN = STRUCTS.tg_bpf_seen;

function row(object: number, id: number, fill: (bytes: Buffer) => void) {
  const bytes = Buffer.alloc(SEEN.size);
  fill(bytes);
  return { object, id, tgid: 0, bytes };
}

describe('a listing by the kernel’s tables alone', () => {
  it('has of programs, maps and links what their rows have', () => {
    const program = row(1, 7, (bytes) => {
      const f = STRUCTS.tg_bpf_program.fields;
      const at = SEEN.fields.prog.offset;
      bytes.writeUInt32LE(7, at + f.id.offset);
      bytes.writeUInt32LE(6, at + f.type.offset);
      bytes.writeUInt32LE(3, at + f.insns.offset);
      bytes.writeUInt32LE(1, at + f.map_count.offset);
      bytes.writeUInt32LE(9, at + f.map_ids.offset);
      bytes.write('drop_all', at + f.name.offset);
    });
    const map = row(2, 9, (bytes) => {
      const at = SEEN.fields.map.offset;
      bytes.writeUInt32LE(9, at + STRUCTS.tg_bpf_map.fields.id.offset);
      bytes.writeUInt32LE(2, at + STRUCTS.tg_bpf_map.fields.type.offset);
    });
    const link = row(3, 4, (bytes) => {
      const f = STRUCTS.tg_bpf_link.fields;
      const at = SEEN.fields.link.offset;
      bytes.writeUInt32LE(4, at + f.id.offset);
      bytes.writeUInt32LE(6, at + f.type.offset);
      bytes.writeUInt32LE(7, at + f.prog_id.offset);
    });
    const { programs, maps, links, btfIds } = walkedListing({
      ...{ programs: [program], maps: [map], links: [link], holders: [] },
    });
    const { type, name, xlatedBytes, mapIds, gpl } = programs.get(7) ?? {};
    assert.deepEqual([type, name, xlatedBytes, mapIds, gpl], ['xdp', 'drop_all', 24, [9], undefined]);
    assert.equal(maps.get(9)?.type, 'array');
    assert.deepEqual(links.get(4), { id: 4, type: 'xdp', programId: 7 });
    assert.deepEqual(btfIds, []);
    assert.equal(walkedListing(undefined).programs.size, 0);
  });
});
