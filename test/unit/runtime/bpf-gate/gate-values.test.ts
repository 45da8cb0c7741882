// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRUCTS } from '../../../../src/plan/layout.generated.ts';
import {
  caseKey,
  fileKey,
  gateEvents,
  loaderValue,
  ownKey,
} from '../../../../src/runtime/bpf-gate/gate-values.ts';
import { objectsIn } from '../../../../src/runtime/bpf-gate/own-objects.ts';

const { fields: F, size: EVENT_BYTES } = STRUCTS.tg_gate_event;

function record(path: string, tgid: number): Buffer {
  const bytes = Buffer.alloc((EVENT_BYTES + path.length + 7) & ~7);
  bytes.writeUInt32LE(tgid, F.tgid.offset);
  bytes.writeUInt32LE(path.length, F.path_bytes.offset);
  bytes.writeUInt8(1, F.denied.offset);
  bytes.writeUInt8(9, F.rule.offset);
  bytes.writeBigInt64LE(12_345_678_901n, F.ctime_ns.offset);
  bytes.write('loads', F.name.offset);
  bytes.write(path, EVENT_BYTES);
  return bytes;
}

describe('the gate’s records', () => {
  it('are read one after another, each with its path or without', () => {
    const batch = Buffer.concat([record('/a', 1), record('', 2), record('/usr/bin/loader', 3)]);
    const events = gateEvents(batch);
    assert.deepEqual(
      events.map(({ tgid, path }) => [tgid, path]),
      [
        [1, '/a'],
        [2, undefined],
        [3, '/usr/bin/loader'],
      ],
    );
    assert.deepEqual(
      [events[0]?.denied, events[0]?.rule, events[0]?.ctimeNs, events[0]?.name],
      [true, 9, 12_345_678_901n, 'loads'],
    );
    assert.deepEqual(gateEvents(batch.subarray(0, 10)), []);
  });

  it('name loaders, cases and what is ours as the kernel’s tables do', () => {
    const key = fileKey({ ino: '18446744073709551615', device: 5, generation: 9 });
    assert.deepEqual(
      [key.readBigUInt64LE(0), key.readUInt32LE(8), key.readUInt32LE(12)],
      [2n ** 64n - 1n, 5, 9],
    );
    const value = loaderValue({ number: 7, uids: [0, 1000], ctimeNs: 5n });
    const loader = STRUCTS.tg_gate_loader.fields;
    assert.deepEqual(
      [
        value.readUInt32LE(loader.number.offset),
        value.readUInt32LE(loader.uid_count.offset),
        value.readUInt32LE(loader.uids.offset + 4),
      ],
      [7, 2, 1000],
    );
    const one = caseKey({ loader: 3, place: 2, otherUser: true });
    const f = STRUCTS.tg_gate_case.fields;
    assert.deepEqual(
      [one.readUInt32LE(f.loader.offset), one[f.place.offset], one[f.other_user.offset]],
      [3, 2, 1],
    );
    assert.deepEqual([...ownKey(2, 513)], [2, 0, 0, 0, 1, 2, 0, 0]);
  });

  it('know what this process holds by the text the kernel gives of a descriptor', () => {
    assert.deepEqual(objectsIn('pos:\t0\nmap_type:\t1\nmap_id:\t17\n'), [{ kind: 2, id: 17 }]);
    assert.deepEqual(objectsIn('link_type:\traw_tracepoint\nlink_id:\t3\nprog_tag:\tff\nprog_id:\t9\n'), [
      { kind: 1, id: 9 },
      { kind: 3, id: 3 },
    ]);
    assert.deepEqual(objectsIn('pos:\t0\nflags:\t02\n'), []);
  });
});
