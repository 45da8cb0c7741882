// SPDX-License-Identifier: Apache-2.0
/** Two ways of asking what is there. That one of them lies takes somebody who rules the kernel: what they say is made up here. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRUCTS } from '../../../../src/plan/layout.generated.ts';
import type { Listing, Listings, Walk } from '../../../../src/runtime/bpf-audit/listing.ts';
import type { Native } from '../../../../src/runtime/native.ts';
import { type LookedAt, lookAround } from '../../../../src/watch/bpf/look.ts';

const row = (id: number) => ({ object: 1, id, tgid: 0, bytes: Buffer.alloc(STRUCTS.tg_bpf_seen.size) });
const walkOf = (ids: number[]): Walk => ({ programs: ids.map(row), maps: [], links: [], holders: [] });
const listingOf = (ids: number[]): Listing => ({
  programs: new Map(ids.map((id) => [id, { id, mapIds: [] } as never])),
  ...{ maps: new Map(), links: new Map(), btfIds: [] },
});

/** Ids by bpf(2) and by the iterator, of the first look and of the second. */
function hidden(...looks: [byIds: number[], walked: number[]][]): string[] {
  const [listed, walked] = [looks.map(([ids]) => ids), looks.map(([, ids]) => ids)];
  const listings = {
    byIds: () => listingOf(listed.shift() ?? []),
    walk: () => walkOf(walked.shift() ?? []),
  } as unknown as Listings;
  const native = { openPin: () => undefined } as unknown as Native;
  return lookAround({ native, listings, bpffsDir: '/nowhere', binaryOf: () => '' }).hidden;
}

it('looks for pins again only where other objects are there than before', () => {
  const native = { openPin: () => undefined } as unknown as Native;
  const look = (ids: number[], before?: LookedAt) => {
    const listings = { byIds: () => listingOf(ids), walk: () => walkOf(ids) } as unknown as Listings;
    return lookAround({ native, listings, bpffsDir: '/nowhere', binaryOf: () => '', before });
  };
  const first = look([1, 2]);
  assert.equal(look([1, 2], first).pins, first.pins);
  assert.notEqual(look([1, 2]).pins, first.pins);
  assert.notEqual(look([1, 3], first).pins, first.pins);
  assert.notEqual(look([1], first).pins, first.pins);
});

describe('two ways of asking what is there', () => {
  it('tells what only one of the two ways shows, twice in a row', () => {
    assert.deepEqual(
      hidden(
        [
          [1, 2],
          [1, 2, 3],
        ],
        [
          [1, 2],
          [1, 2, 3],
        ],
      ),
      ['program 3 has no id that bpf(2) tells'],
    );
    assert.deepEqual(hidden([[1, 2], [1]], [[1, 2], [1]]), ['program 2 is in no table']);
  });

  it('says nothing of what came or went between the two', () => {
    assert.deepEqual(
      hidden(
        [[1], [1, 2]],
        [
          [1, 2],
          [1, 2],
        ],
      ),
      [],
    );
    assert.deepEqual(hidden([[1, 2], [1]], [[1], [1]]), []);
    assert.deepEqual(hidden([[1], [1]]), []);
  });
});
