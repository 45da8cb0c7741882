// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditRecord } from '../../../src/model/audit-record.ts';
import type { TraceEvent } from '../../../src/model/event.ts';
import { lineOf } from '../../../src/sinks/format.ts';
import { CHECKPOINT_TYPE, type Item, typeOf } from '../../../src/sinks/item.ts';

const TELLER = { part: 'gate', host: 'host-1', version: '0.1.0', processId: 7 };
const TIME = '2026-05-01T10:00:00.000Z';
const PROCESS = { binary: '/usr/bin/ln', arguments: '-s a b', pid: 42, uid: 1000, exec_id: 'x1' };

const record = (type: string, more: Partial<AuditRecord> = {}): Item => ({
  kind: 'record',
  record: { logId: 'gate:aa', seq: 3, prev: 'f'.repeat(64), time: TIME, type, body: {}, ...more },
});
const actor = { user: 'alice', groups: ['tracegate:platform'], door: 'api' };
const event = (part: object) => ({ ...part, node_name: 'host-2', time: TIME }) as unknown as TraceEvent;

const HEAD = {
  ...{ logId: 'gate:aa', size: 7, root: 'ab', last: 'cd', time: TIME, keyId: 'sha256:ef', signature: 'x' },
};

/** One of each class, the attributes the schema (1.3.0) demands of it beside those of all. */
const CASES: [item: Item, uid: number, activity: number, demanded: string[]][] = [
  [
    record('decision', { actor, body: { decision: { id: 'd1', allowed: false, operation: 'update' } } }),
    6003,
    3,
    ['actor', 'api', 'src_endpoint'],
  ],
  [record('auth.refused', { actor }), 3002, 1, ['user']],
  [record('policy.applied', { actor, object: 'p' }), 3004, 3, ['entity']],
  [record('policy.retired', { actor, object: 'p' }), 3004, 4, ['entity']],
  [record('suspension.begun', { body: { reason: 'x' } }), 3004, 12, ['entity']],
  [record('load.done', { object: 'p' }), 3004, 10, ['entity']],
  [record('gate.started'), 6002, 3, ['app']],
  [record('rules.replaced'), 6002, 8, ['app']],
  [
    record('enforcement', {
      object: 'p',
      body: { event: event({ process_kprobe: { process: PROCESS, action: 'KPROBE_ACTION_SIGKILL' } }) },
    }),
    2004,
    1,
    ['finding_info'],
  ],
  [
    record('bpf.load.done', { body: { by: { pid: 9, exe: { path: '/usr/sbin/bpftool' } } } }),
    1003,
    1,
    ['actor', 'device', 'kernel'],
  ],
  [
    { kind: 'event', event: event({ process_exec: { process: PROCESS } }) },
    1007,
    1,
    ['actor', 'device', 'process'],
  ],
  [
    { kind: 'event', event: event({ process_exit: { process: PROCESS } }) },
    1007,
    2,
    ['actor', 'device', 'process'],
  ],
  [
    { kind: 'event', event: event({ process_lsm: { process: PROCESS, function_name: 'file_open' } }) },
    1003,
    4,
    ['actor', 'device', 'kernel'],
  ],
  [record('clock.jumped'), 0, 99, []],
  [
    { kind: 'gap', gap: { type: 'sink.gap', logId: 'gate:aa', time: TIME, from: 1, to: 2, reason: 'gone' } },
    0,
    99,
    [],
  ],
  [
    { kind: 'checkpoint', checkpoint: { type: CHECKPOINT_TYPE, logId: 'gate:aa', time: TIME, head: HEAD } },
    0,
    99,
    [],
  ],
];
const OF_ALL = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];

describe('records in the Open Cybersecurity Schema', () => {
  for (const [item, uid, activity, demanded] of CASES) {
    it(`${typeOf(item)} is of class ${uid}, with what that demands`, () => {
      const told = JSON.parse(lineOf(item, 'ocsf', TELLER));
      assert.deepEqual([told.class_uid, told.activity_id], [uid, activity]);
      assert.equal(told.type_uid, uid * 100 + activity);
      assert.equal(told.category_uid, Math.floor(uid / 1000));
      assert.equal(told.time, Date.parse(TIME));
      assert.equal(told.metadata.version, '1.3.0');
      assert.equal(told.metadata.product.vendor_name, 'Tracegate');
      for (const name of [...OF_ALL, ...demanded]) assert.ok(told[name] !== undefined, `${name} is missing`);
    });
  }

  it('say who, what failed, which process, and carry the record whole', () => {
    const told = CASES.map(([item]) => JSON.parse(lineOf(item, 'ocsf', TELLER)));
    assert.equal(told[0].status_id, 2);
    assert.equal(told[2].status_id, 1);
    assert.deepEqual(told[0].actor.user, { name: 'alice', groups: [{ name: 'tracegate:platform' }] });
    assert.equal(told[0].metadata.sequence, 3);
    assert.equal(told[8].status, 'New');
    assert.equal(told[8].actor.process.file.path, '/usr/bin/ln');
    assert.equal(told[8].disposition, 'Blocked');
    assert.equal(told[9].actor.process.file.path, '/usr/sbin/bpftool');
    assert.equal(told[10].process.cmd_line, '/usr/bin/ln -s a b');
    assert.equal(told[10].device.hostname, 'host-2');
    assert.deepEqual(told[2].unmapped.record, CASES[2]?.[0].kind === 'record' && CASES[2][0].record);
  });

  it('are as loud as what a rule found in what was done with eBPF', () => {
    const severityOf = (type: string, severity?: string) =>
      JSON.parse(lineOf(record(type, { body: { severity } }), 'ocsf', TELLER)).severity;
    assert.deepEqual(
      ['alert', 'warning', 'info'].map((severity) => severityOf('bpf.finding', severity)),
      ['Medium', 'Medium', 'Informational'],
    );
    assert.equal(severityOf('bpf.finding.unjudged'), 'Medium');
    assert.equal(severityOf('bpf.load.done'), 'Informational');
  });
});

describe('attributes a class of 1.3.0 has by a profile only', () => {
  const told = CASES.map(([item]) => JSON.parse(lineOf(item, 'ocsf', TELLER)));
  const of = (uid: number) => told.filter(({ class_uid }) => class_uid === uid);

  it('are told with the name of the profile', () => {
    for (const one of [...of(3004), ...of(6002)]) assert.deepEqual(one.metadata.profiles, ['host']);
    for (const one of of(2004)) assert.deepEqual(one.metadata.profiles, ['host', 'security_control']);
    for (const one of [...of(1003), ...of(6003)]) assert.equal(one.metadata.profiles, undefined);
  });

  it('are not told in a base event, which has none of them', () => {
    assert.ok(of(0).length > 0);
    for (const one of of(0)) assert.deepEqual([one.actor, one.device], [undefined, undefined]);
  });
});

describe('records in the Common Event Format', () => {
  it('escape what would end a field, and say whose and which', () => {
    const item = record('policy.applied', { actor, object: 'a|b=c\\d', body: { reason: 'x=1\n|' } });
    const line = lineOf(item, 'cef', TELLER);
    assert.match(
      line,
      /^CEF:0\|Tracegate\|Tracegate gate\|0\.1\.0\|policy\.applied\|policy\.applied a\\\|b=c\\\\d by alice\|3\|/,
    );
    assert.match(
      line,
      / externalId=3 suser=alice cs1Label=log cs1=gate:aa cs2Label=object cs2=a\|b\\=c\\\\d /,
    );
    assert.ok(line.includes(String.raw`msg={"reason":"x\=1\\n|"}`), line);
    assert.equal(line.split('\n').length, 1);
  });
});
