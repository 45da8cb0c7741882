// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { STRUCTS, TG_KIND, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { decodeBatch } from '../../../src/watch/records.ts';
import { draws } from '../../kernel/random-policies.ts';
import { recordBytes, type ValueSpec } from './kernel-records.ts';

describe('a batch of records', () => {
  it('reads back as it was written', () => {
    const values = [
      { type: TG_TYPE.TG_T_STRING_KERNEL, bytes: Buffer.from('/etc/passwd') },
      { type: TG_TYPE.TG_T_S32, number: 2n ** 64n - 100n },
      { type: TG_TYPE.TG_T_PATH, status: 2, bytes: Buffer.alloc(0) },
    ];
    const fields = {
      ...{ boot_ns: 2n ** 53n + 1n, tgid: 7, tid: 8, uid: 1000, start_boot_ns: 5n },
      ...{ hook_id: 3, generation: 4, selector: 2, action: 4 },
      ...{ spared: 1, denied: 1, killed: 0, has_ret: 1, ret: -13 },
    };
    const { records, malformed } = decodeBatch(recordBytes(fields, values));
    assert.equal(malformed, 0);
    const [record] = records;
    assert.equal(records.length, 1);
    assert.deepEqual(
      record?.values.map((v) => [v.type, v.status, v.number, v.bytes.toString()]),
      [
        [TG_TYPE.TG_T_STRING_KERNEL, 0, 0n, '/etc/passwd'],
        [TG_TYPE.TG_T_S32, 0, 2n ** 64n - 100n, ''],
        [TG_TYPE.TG_T_PATH, 2, 0n, ''],
      ],
    );
    const { values: _values, ...head } = record ?? assert.fail();
    assert.deepEqual(head, {
      ...{ kind: 'hook', bootNs: 2n ** 53n + 1n, tgid: 7, tid: 8, uid: 1000, auid: 0xffffffff },
      ...{ startBootNs: 5n, parentTgid: 0, parentStartBootNs: 0n, hookId: 3, generation: 4 },
      ...{ selector: 2, action: 4, spared: 1, denied: true, killed: false, returned: -13n, exitCode: 0 },
    });
  });

  it('tells of a process whose it is and how it ended', () => {
    const told = { auid: 7, parent_tgid: 1, parent_start_boot_ns: 2n, exit_code: 256 };
    const { records } = decodeBatch(recordBytes({ kind: TG_KIND.TG_K_EXIT, tgid: 9, ...told }));
    const [record] = records;
    assert.deepEqual(
      [
        record?.kind,
        record?.tgid,
        record?.auid,
        record?.parentTgid,
        record?.parentStartBootNs,
        record?.exitCode,
      ],
      ['exit', 9, 7, 1, 2n, 256],
    );
  });

  it('holds many, of all kinds, in order', () => {
    const kinds = [TG_KIND.TG_K_EXEC, TG_KIND.TG_K_FORK, TG_KIND.TG_K_HOOK, TG_KIND.TG_K_EXIT];
    const odd: ValueSpec[] = [{ bytes: Buffer.from('abc') }];
    const batch = Buffer.concat(kinds.map((kind, i) => recordBytes({ kind, tgid: i }, odd)));
    const { records } = decodeBatch(batch);
    assert.deepEqual(
      records.map((r) => [r.kind, r.tgid, r.values[0]?.bytes.toString()]),
      [
        ['exec', 0, 'abc'],
        ['fork', 1, 'abc'],
        ['hook', 2, 'abc'],
        ['exit', 3, 'abc'],
      ],
    );
  });
});

describe('bytes that are no records', () => {
  const good = recordBytes({ tgid: 1 }, [{ bytes: Buffer.from('text') }]);

  it('count as malformed, and what came before them stays', () => {
    for (const bad of [
      recordBytes({ kind: 99 }),
      recordBytes({ size_bytes: 0 }),
      recordBytes({ size_bytes: STRUCTS.tg_event.size - 1 }),
      recordBytes({ size_bytes: 2 ** 32 - 1 }),
    ]) {
      const { records, malformed } = decodeBatch(Buffer.concat([good, bad, good]));
      assert.deepEqual([records.length, malformed], [1, 1]);
    }
  });

  it('cut anywhere, never throw, and never read as more than there is', () => {
    const batch = Buffer.concat([good, good]);
    for (let end = 0; end <= batch.length; end++) {
      const { records, malformed } = decodeBatch(batch.subarray(0, end));
      assert.equal(records.length, Math.floor(end / good.length));
      assert.equal(malformed, end % good.length === 0 ? 0 : 1, `cut at ${end}`);
    }
  });

  it('of any kind, never throw', () => {
    const draw = draws(31);
    for (let round = 0; round < 2000; round++) {
      const batch = Buffer.from(Array.from({ length: draw(400) }, () => draw(256)));
      if (draw(2) === 0 && batch.length > STRUCTS.tg_event.size)
        recordBytes({ size_bytes: batch.length, nargs: draw(256) }).copy(batch);
      const { records } = decodeBatch(batch);
      for (const { values } of records)
        for (const { bytes } of values) assert.ok(bytes.length <= batch.length);
    }
  });

  it('a value that claims more bytes than its record has gets those that are there', () => {
    const record = recordBytes({}, [{ bytes: Buffer.from('text') }]);
    record.writeUInt32LE(0xffffffff, STRUCTS.tg_event.size + STRUCTS.tg_value.fields.len.offset);
    const { records } = decodeBatch(Buffer.concat([record, record]));
    assert.ok((records[0]?.values[0]?.bytes.length ?? 99) <= 8);
  });
});
