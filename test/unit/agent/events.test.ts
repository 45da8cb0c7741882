// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { EnforcementAudit } from '../../../src/agent/enforcement-audit.ts';
import { EventBus } from '../../../src/agent/event-bus.ts';
import { openAuditLog } from '../../../src/audit/index.ts';
import type { TraceEvent } from '../../../src/model/event.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { freshDirectory, until } from '../service/gate-under-test.ts';

const event = (
  n: number,
  parts: { binary?: string; policy?: string; namespace?: string } = {},
): TraceEvent => ({
  process_kprobe: {
    process: { exec_id: 'x', pid: n, uid: 0, binary: parts.binary ?? '/bin/ln' },
    function_name: 'f',
    action: 'KPROBE_ACTION_OVERRIDE',
    policy_name: parts.policy ?? 'p',
  },
  node_name: 'n',
  time: `2026-01-01T00:00:00.${String(n).padStart(3, '0')}Z`,
  ...(parts.namespace !== undefined && { tracegate: { policy_namespace: parts.namespace } }),
});
const pidOf = (e: TraceEvent | undefined) => e?.process_kprobe?.process.pid;

describe('the event bus', () => {
  const listen = (t: TestContext, bus: EventBus) => {
    const stop = new AbortController();
    t.after(() => stop.abort());
    return { events: bus.subscribe(stop.signal)[Symbol.asyncIterator](), stop };
  };

  it('hands every event to every listener, from when it listens', async (t) => {
    const bus = new EventBus();
    bus.publish(event(1));
    const [a, b] = [listen(t, bus), listen(t, bus)];
    const both = [a.events.next(), b.events.next()];
    bus.publish(event(2));
    bus.publish(event(3));
    assert.deepEqual(
      (await Promise.all(both)).map((r) => pidOf(r.value)),
      [2, 2],
    );
    assert.equal(pidOf((await a.events.next()).value), 3);
  });

  it('a listener that falls behind loses the oldest, is told how many, and holds nobody up', async (t) => {
    const bus = new EventBus();
    const slow = listen(t, bus);
    const first = slow.events.next();
    bus.publish(event(0));
    await first;
    for (let n = 1; n <= 10_025; n++) bus.publish(event(n));
    const next = (await slow.events.next()).value;
    assert.deepEqual([pidOf(next), next?.tracegate?.lost_before], [26, 25]);
    assert.equal((await slow.events.next()).value?.tracegate?.lost_before, undefined);
  });

  it('a listener that goes is done, also while it waits', async (t) => {
    const bus = new EventBus();
    const { events, stop } = listen(t, bus);
    const waiting = events.next();
    stop.abort();
    assert.equal((await waiting).done, true);
  });
});

describe('enforcement in the audit log', () => {
  function under(t: TestContext) {
    const directory = freshDirectory();
    const log = openAuditLog({
      ...{ path: join(directory, 'a.db'), keyPath: join(directory, 'a.key'), kind: 'agent' },
    });
    const faults: unknown[] = [];
    const enforcement = new EnforcementAudit(log, (thrown) => faults.push(thrown));
    t.after(() => enforcement.close());
    const records = () => log.read({ type: 'enforcement' });
    return { log, faults, enforcement, records };
  }

  it('is written at once, with the whole event', async (t) => {
    const { enforcement, records } = under(t);
    enforcement.note(event(1));
    await until(() => records().length === 1, 'written');
    assert.deepEqual([records()[0]?.object, records()[0]?.body.count], ['p', 1]);
    assert.deepEqual(records()[0]?.body.event, event(1));
  });

  it('is written whatever kind of hook told of it', async (t) => {
    const { enforcement, records } = under(t);
    const { process_kprobe: told, ...rest } = event(1);
    assert.ok(told);
    enforcement.note({ ...rest, process_lsm: told });
    enforcement.note({ ...rest, process_tracepoint: { ...told, policy_name: 'q', subsys: 's', event: 'e' } });
    await until(() => records().length === 2, 'both written');
    assert.deepEqual(
      records()
        .map((r) => r.object)
        .sort(),
      ['p', 'q'],
    );
  });

  it('repeated is counted and written as one, with the first and the last time', async (t) => {
    const { enforcement, records } = under(t);
    for (let n = 1; n <= 500; n++) enforcement.note(event(n));
    enforcement.flush();
    await until(() => records().length === 2, 'written');
    const { count, last } = records()[1]?.body ?? {};
    assert.deepEqual([count, last], [499, event(500).time]);
    enforcement.flush();
    enforcement.flush();
    enforcement.note(event(501));
    await until(() => records().length === 3, 'after a quiet while, the next is written at once again');
    assert.equal(records()[2]?.body.count, 1);
  });

  it('is counted without an event once one of its kind is written, and only then', async (t) => {
    const { enforcement, records } = under(t);
    const { binary, uid } = event(1).process_kprobe?.process ?? {};
    const clock = new BootClock({ realNs: 0n, bootNs: 0n });
    const again = {
      ...{ policy: 'p', policyNamespace: undefined, action: event(1).process_kprobe?.action ?? '' },
      ...{ binary, uid, bootNs: 5_000_000_000n, clock },
    };
    assert.equal(enforcement.again(again), false);
    enforcement.note(event(1));
    assert.equal(enforcement.again({ ...again, policyNamespace: 'a' }), false);
    assert.equal(enforcement.again({ ...again, uid: 12345 }), false);
    assert.equal(enforcement.again(again), true);
    assert.equal(enforcement.again(again), true);
    enforcement.flush();
    await until(() => records().length === 2, 'written');
    const { count, last, first } = records()[1]?.body ?? {};
    assert.deepEqual([count, last, first], [2, '1970-01-01T00:00:05Z', event(1).time]);
  });

  it('of other binaries, policies and namespaces is not mixed', async (t) => {
    const { enforcement, records } = under(t);
    const all = [
      event(1),
      event(1, { binary: '/bin/cp' }),
      event(1, { policy: 'q' }),
      event(1, { namespace: 'a' }),
      event(1, { namespace: 'b' }),
    ];
    for (const one of all) enforcement.note(one);
    await until(() => records().length === 5, 'written');
    assert.deepEqual(
      records().map((r) => r.object),
      ['p', 'p', 'q', 'a/p', 'b/p'],
    );
  });

  it('that cannot be written is told, and the agent lives', async (t) => {
    const { log, faults, enforcement } = under(t);
    log.close();
    enforcement.note(event(1));
    await until(() => faults.length === 1, 'told');
  });
});
