// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { EventFile, type EventFileOptions } from '../../../../src/agent/exporters/event-file.ts';
import type { TraceEvent } from '../../../../src/model/event.ts';
import { freshDirectory } from '../../service/gate-under-test.ts';

const event = (n: number): TraceEvent => ({
  process_kprobe: {
    process: { exec_id: 'x', pid: n, uid: 0, binary: '/bin/ln' },
    function_name: 'f',
    action: 'KPROBE_ACTION_POST',
    policy_name: 'p',
  },
  node_name: 'n',
  time: '2026-01-01T00:00:00.000Z',
});

function opened(parts: Partial<EventFileOptions> = {}) {
  const path = join(freshDirectory(), 'events', 'events.jsonl');
  const faults: unknown[] = [];
  const onFault = (thrown: unknown) => void faults.push(thrown);
  const file = new EventFile({ path, maxBytes: 1 << 20, kept: 2, onFault, ...parts });
  return { file, path: parts.path ?? path, faults };
}
const linesOf = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TraceEvent);
const pidsOf = (path: string) => linesOf(path).map((e) => e.process_kprobe?.process.pid);

describe('a file of events', () => {
  it('gets a line an event, in order, by the next turn of the loop; only its owner reads it', async () => {
    const { file, path } = opened();
    file.write(event(1));
    file.write(event(2));
    await turn();
    assert.deepEqual(linesOf(path), [event(1), event(2)]);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    file.write(event(3));
    file.close();
    assert.deepEqual(pidsOf(path), [1, 2, 3]);
  });

  it('takes lines made elsewhere in between', () => {
    const { file, path } = opened();
    file.write(event(1));
    file.buffer()?.put(Buffer.from(`${JSON.stringify(event(2))}\n`));
    file.ended();
    file.write(event(3));
    file.close();
    assert.deepEqual(pidsOf(path), [1, 2, 3]);
  });

  it('goes on where it stopped', () => {
    const first = opened();
    first.file.write(event(1));
    first.file.close();
    const second = opened({ path: first.path });
    second.file.write(event(2));
    second.file.close();
    assert.deepEqual(pidsOf(first.path), [1, 2]);
  });

  it('that is full is kept as the first, the ones before it shift, the oldest goes; no line is cut', () => {
    const size = JSON.stringify(event(1)).length + 1;
    const { file, path } = opened({ maxBytes: 2 * size });
    for (let n = 1; n <= 8; n++) {
      file.write(event(n));
      file.flush();
    }
    file.close();
    assert.deepEqual(
      [pidsOf(path), pidsOf(`${path}.1`), pidsOf(`${path}.2`)],
      [
        [7, 8],
        [5, 6],
        [3, 4],
      ],
    );
    assert.equal(existsSync(`${path}.3`), false);
  });

  it('keeps none beside it when told so', () => {
    const { file, path } = opened({ maxBytes: 1, kept: 0 });
    for (let n = 1; n <= 3; n++) {
      file.write(event(n));
      file.flush();
    }
    file.close();
    assert.deepEqual([pidsOf(path), existsSync(`${path}.1`)], [[3], false]);
  });

  it('is begun anew when somebody moved it away', () => {
    const { file, path } = opened();
    file.write(event(1));
    file.flush();
    renameSync(path, `${path}.moved`);
    file.write(event(2));
    file.close();
    assert.deepEqual([pidsOf(`${path}.moved`), pidsOf(path)], [[1], [2]]);
  });

  it('says once that it cannot be written, and how many events that cost when it can again', () => {
    const { file, path, faults } = opened();
    file.write(event(1));
    file.flush();
    renameSync(path, `${path}.1`);
    symlinkSync('/dev/full', path);
    for (const n of [2, 3]) {
      file.write(event(n));
      file.flush();
    }
    assert.equal(faults.length, 1);
    assert.match(String(faults[0]), /ENOSPC/);
    renameSync(path, `${path}.full`);
    writeFileSync(path, '');
    assert.equal(file.buffer(), undefined, 'a line made without an event could not say so');
    file.write(event(4));
    assert.notEqual(file.buffer(), undefined);
    file.close();
    assert.deepEqual(linesOf(path), [{ ...event(4), tracegate: { lost_before: 2 } }]);
  });

  it('that cannot be opened is a fault at once', () => {
    assert.throws(
      () => opened({ path: join(freshDirectory(), 'a/b/events') }),
      /events\.file: .* cannot be written: ENOENT/,
    );
  });
});
