// SPDX-License-Identifier: Apache-2.0
/** Records as the kernel's programs write them → what was done. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attachTypeName, commandNumber } from '../../../../src/model/bpf-names.ts';
import { STRUCTS, TG_BPF_FLAG, TG_BPF_KIND, TG_BPF_OBJECT } from '../../../../src/plan/layout.generated.ts';
import { toldBy } from '../../../../src/watch/bpf/activity.ts';
import { decodeAuditBatch } from '../../../../src/watch/bpf/audit-records.ts';
import { isProbe } from '../../../../src/watch/bpf/probes.ts';

const RECORD = STRUCTS.tg_bpf_record;
const attachTypes = Array.from({ length: 64 }, (_, number) => attachTypeName(number));
const names = { cgroup: (id: bigint) => (id === 9n ? '/system.slice/cron.service' : undefined) };

interface Parts {
  kind: number;
  command?: string;
  result?: number;
  object?: [kind: number, id: number];
  target?: number;
  attr?: (attr: Buffer) => void;
  program?: (program: Buffer) => void;
  exe?: string;
  flags?: number;
}

/** One record, as long as it says. */
function bytesOf({
  kind,
  command,
  result = 0,
  object = [0, 0],
  target = 0,
  attr,
  program,
  exe = '',
  flags = 0,
}: Parts): Buffer {
  const path = Buffer.from(exe);
  const record = Buffer.alloc((RECORD.size + path.length + 7) & ~7);
  const f = RECORD.fields;
  record.writeUInt32LE(RECORD.size + path.length, f.size_bytes.offset);
  record.writeUInt16LE(kind, f.kind.offset);
  record.writeUInt16LE(flags, f.flags.offset);
  record.writeBigInt64LE(BigInt(result), f.result.offset);
  record.writeUInt32LE(command === undefined ? 0 : commandNumber(command), f.command.offset);
  record.writeUInt32LE(object[0], f.object.offset);
  record.writeUInt32LE(object[1], f.object_id.offset);
  record.writeBigUInt64LE(BigInt(target), f.target.offset);
  attr?.(record.subarray(f.attr.offset, f.attr.offset + f.attr.count));
  program?.(record.subarray(f.prog.offset, f.prog.offset + STRUCTS.tg_bpf_program.size));
  record.writeUInt16LE(path.length, f.exe_len.offset);
  path.copy(record, RECORD.size);
  return record;
}

function only(parts: Parts) {
  const { records, malformed } = decodeAuditBatch(bytesOf(parts));
  assert.deepEqual([records.length, malformed], [1, 0]);
  return records[0] as (typeof records)[0];
}

const told = (parts: Parts, degraded = false) => toldBy(only(parts), names, degraded);

const asked = (type: number, insns: number, name: string) => (attr: Buffer) => {
  attr.writeUInt32LE(type, 0);
  attr.writeUInt32LE(insns, 4);
  attr.write(name, 48);
};

describe('records of the watch over bpf(2)', () => {
  it('read with the path behind them, and end where the bytes are none', () => {
    const one = bytesOf({ kind: TG_BPF_KIND.TG_B_UNPIN, exe: '/bin/rm' });
    const { records, malformed } = decodeAuditBatch(Buffer.concat([one, one, Buffer.alloc(16)]));
    assert.deepEqual([records.length, malformed], [2, 1]);
    assert.equal(records[1]?.by.exe.path, '/bin/rm');
  });

  it('tell a load that failed, with its errno and what was asked for', () => {
    const failed = told({
      kind: TG_BPF_KIND.TG_B_COMMAND,
      command: 'PROG_LOAD',
      result: -13,
      attr: asked(6, 40, 'drop_all'),
    });
    assert.deepEqual(failed, {
      type: 'bpf.load.failed',
      body: {
        program: { type: 'xdp', name: 'drop_all', insns: 40, attachType: 'cgroup_inet_ingress' },
        error: 'EACCES',
        usually: 'the verifier found something that the program may not do',
      },
    });
  });

  it('tell a load that was refused although the verifier had passed it', () => {
    const object: Parts['object'] = [TG_BPF_OBJECT.TG_O_PROG, 12];
    const late = told({ kind: TG_BPF_KIND.TG_B_COMMAND, command: 'PROG_LOAD', result: -1, object });
    assert.deepEqual([late?.object, late?.body.error, late?.body.verified], ['program 12', 'EPERM', true]);
  });

  it('name the cgroup that a program is put on, where it is known', () => {
    const attach = (target: number) =>
      told({
        kind: TG_BPF_KIND.TG_B_COMMAND,
        command: 'PROG_ATTACH',
        object: [TG_BPF_OBJECT.TG_O_PROG, 3],
        target,
        attr: (attr) => attr.writeUInt32LE(6, 8),
      });
    assert.deepEqual(attach(9), {
      type: 'bpf.attach.done',
      object: 'program 3',
      body: { how: 'bpf(2)', attachType: 'cgroup_device', target: 'cgroup /system.slice/cron.service' },
    });
    assert.equal(attach(8)?.body.target, 'cgroup 8');
  });

  it('tell struct_ops by their map, which maps and devices a program is put on, and what is asked about', () => {
    const map = { kind: TG_BPF_KIND.TG_B_COMMAND, object: [TG_BPF_OBJECT.TG_O_MAP, 5] as [number, number] };
    const flags = TG_BPF_FLAG.TG_BF_STRUCT_OPS;
    const body = { how: 'struct_ops' };
    assert.deepEqual(told({ ...map, flags, command: 'MAP_UPDATE_ELEM' }), {
      ...{ type: 'bpf.attach.done', object: 'map 5', body },
    });
    assert.deepEqual(told({ ...map, flags, command: 'MAP_DELETE_ELEM' }), {
      ...{ type: 'bpf.detach', object: 'map 5', body },
    });
    const refused = told({ ...map, flags, command: 'MAP_UPDATE_ELEM', result: -17 });
    assert.deepEqual([refused?.type, refused?.body.error], ['bpf.attach.failed', 'EEXIST']);
    assert.equal(told({ ...map, command: 'MAP_UPDATE_ELEM' })?.type, 'bpf.map.changed', 'of ours');
    const onMap = told({
      ...{ kind: TG_BPF_KIND.TG_B_COMMAND, command: 'PROG_ATTACH', target: 5 },
      attr: (attr) => attr.writeUInt32LE(attachTypes.indexOf('sk_skb_verdict'), 8),
    });
    assert.equal(onMap?.body.target, 'map 5');
    const queried = told({
      ...{ kind: TG_BPF_KIND.TG_B_COMMAND, command: 'PROG_QUERY' },
      attr: (attr) => attr.writeUInt32LE(attachTypes.indexOf('tcx_ingress'), 4),
    });
    assert.deepEqual([queried?.type, queried?.body.target], ['bpf.queried', 'device 0']);
  });

  it('say what is delegated and what is signed', () => {
    const signedBy = (keyring: number) => {
      const load = told({
        kind: TG_BPF_KIND.TG_B_LOAD,
        attr: (attr) => {
          asked(1, 9, '')(attr);
          attr.writeUInt32LE(1 << 16, 44);
          attr.writeBigUInt64LE(1n, 152);
          attr.writeInt32LE(keyring, 164);
        },
        program: (program) => program.writeUInt32LE(77, STRUCTS.tg_bpf_program.fields.id.offset),
      });
      const { token, signed, requestedInsns } = (load?.body.program ?? {}) as Record<string, unknown>;
      assert.deepEqual([load?.object, token, requestedInsns], ['program 77', true, 9]);
      return signed;
    };
    assert.deepEqual([0, 2].map(signedBy), ['system', 'system']);
    assert.deepEqual([3, -3, 900_001].map(signedBy), ['user', 'user', 'user']);
  });

  it('are one where two would say the same: a pin that was made is told with its path', () => {
    const pin = { kind: TG_BPF_KIND.TG_B_COMMAND, command: 'OBJ_PIN' };
    assert.equal(told(pin), undefined);
    assert.equal(told(pin, true)?.type, 'bpf.pin', 'nobody else tells it');
    assert.equal(told({ ...pin, result: -17 })?.body.error, 'EEXIST');
  });

  it('are counted where a library only asks what the kernel takes, and no other', () => {
    const load = (type: number, insns: number) =>
      isProbe(only({ kind: TG_BPF_KIND.TG_B_COMMAND, command: 'PROG_LOAD', attr: asked(type, insns, '') }));
    assert.deepEqual([load(1, 2), load(1, 3), load(6, 2), load(1, 0)], [true, false, false, false]);
  });
});
