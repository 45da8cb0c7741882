// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BpfAudit } from '../../../src/agent/bpf-audit.ts';
import { openAuditLog } from '../../../src/audit/index.ts';
import type { BpfActivity } from '../../../src/model/bpf.ts';
import { ExeDigests } from '../../../src/watch/bpf/exe-digests.ts';

const ROOM = 20;
const NO_FAULT = (thrown: unknown) => assert.fail(String(thrown));

function opened() {
  const path = join(mkdtempSync(join(tmpdir(), 'tracegate-bpf-audit-')), 'audit.db');
  return openAuditLog({ path, keyPath: `${path}.key`, kind: 'agent' });
}

const load = (n: number): BpfActivity => ({
  type: 'bpf.load.done',
  object: `program ${n}`,
  time: '2026-01-01T00:00:00.000Z',
  body: { n },
});

describe('what is done with eBPF, on its way to the log', () => {
  it('is all there, once and in order, however much of it comes before anything else has a turn', async () => {
    const log = opened();
    const written: unknown[] = [];
    const audit = new BpfAudit(log, new ExeDigests(), NO_FAULT, {
      onWritten: ({ body }) => written.push(body.n),
      queueMost: ROOM,
    });
    const all = Array.from({ length: 10 * ROOM + 3 }, (_, n) => n);
    for (const n of all) audit.note(load(n));
    await audit.settled();
    const told = log.read({ type: 'bpf.load.done', limit: 1000 }).map(({ body }) => body.n);
    assert.deepEqual(told, all);
    assert.deepEqual(written, all);
    assert.equal(log.read({ type: 'bpf.gap' }).length, 0);
    log.close();
  });

  it('is counted where the log takes no more', async () => {
    const log = opened();
    const faults: unknown[] = [];
    let full = true;
    const taking: ConstructorParameters<typeof BpfAudit>[0] = {
      append: (entries) => {
        if (full) throw new Error('full');
        return log.append(entries);
      },
      appendSoon: (entries) => log.appendSoon(entries),
    };
    const audit = new BpfAudit(taking, new ExeDigests(), (thrown) => faults.push(thrown), {
      queueMost: ROOM,
    });
    for (let n = 0; n < 2 * ROOM; n++) audit.note(load(n));
    full = false;
    await audit.settled();
    const [gap] = log.read({ type: 'bpf.gap' });
    assert.equal(gap?.body.lost, ROOM);
    assert.equal(log.read({ type: 'bpf.load.done' }).length, ROOM);
    assert.equal(faults.length, 1);
    log.close();
  });
});
