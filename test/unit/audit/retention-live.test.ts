// SPDX-License-Identifier: Apache-2.0
/** A log that is sealed and pruned while it is written, and wherever that is broken off. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { type AuditLog, openAuditLog, openForReading, verifyLogs } from '../../../src/audit/index.ts';
import { segmentsFolder } from '../../../src/audit/retention.ts';
import type { Fault } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-live-'));
after(() => rmSync(directory, { recursive: true }));
const WRITER = join(import.meta.dirname, '../../fixtures/pruning-writer.ts');

let count = 0;
function place(): { path: string; open: () => AuditLog } {
  const path = join(directory, String(count++), 'audit.db');
  return { path, open: () => openAuditLog({ path, keyPath: `${path}.key`, kind: 'gate' }) };
}

const entries = (length: number) =>
  Array.from({ length }, (_, n) => ({ type: 'order.done', object: `p-${n % 9}`, body: { n } }));

function rows(path: string): number {
  const database = openForReading(path);
  const { n } = database.prepare('select count(*) as n from record').get() ?? {};
  database.close();
  return Number(n);
}

async function whole(...paths: string[]): Promise<void> {
  assert.deepEqual((await verifyLogs({ paths })).problems, []);
}

/** How long acknowledgements take, in order of length, until `work` is done. */
async function acknowledgedDuring(log: AuditLog, work: Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  const state = { busy: true };
  const ended = work.finally(() => {
    state.busy = false;
  });
  while (state.busy) {
    const begun = performance.now();
    await log.appendSoon(entries(1));
    times.push(performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await ended;
  return times.toSorted((a, b) => a - b);
}

const share = (sorted: number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;

describe('a log that is sealed and pruned while it is written', () => {
  it('acknowledges as before, and verifies with its segment', async () => {
    const { path, open } = place();
    const log = open();
    for (let n = 0; n < 20; n += 1) log.append(entries(1000));
    const before = await acknowledgedDuring(log, new Promise((resolve) => setTimeout(resolve, 500)));
    const begun = performance.now();
    const during = await acknowledgedDuring(
      log,
      (async () => {
        const { object } = await log.seal({});
        await log.prune({ segments: [String(object)], reason: 'room' });
        await log.pruned();
      })(),
    );
    const tookMs = performance.now() - begun;
    log.close();
    const [segment] = readdirSync(segmentsFolder(path));
    assert.equal(segment, `records-0-${lastSealed(path)}.segment`);
    assert.ok(rows(path) < 2000, `${rows(path)} are left`);
    await whole(path, join(segmentsFolder(path), String(segment)));
    // the work as one piece would hold up somebody for as long as it takes: here nobody waits a fifth of that
    const worst = share(during, 0.99);
    assert.ok(
      worst < Math.max(tookMs / 5, 4 * share(before, 0.99)),
      `p99 ${worst} ms in ${tookMs} ms, ${share(before, 0.99)} ms before`,
    );
  });

  it('does one of both at a time', async () => {
    const { open } = place();
    const log = open();
    log.append(entries(600));
    const sealing = log.seal({});
    await assert.rejects(log.seal({}), (fault: Fault) => fault.code === 'conflict');
    await sealing;
    await assert.rejects(log.seal({}), /nothing to seal/);
    log.close();
  });

  it('puts what a crash left under the name of a segment in order', async () => {
    const { path, open } = place();
    const log = open();
    log.append(entries(300));
    const folder = segmentsFolder(path);
    const { object } = await log.seal({});
    log.append(entries(300));
    for (const name of ['records-256-511.segment', 'records-256-511.segment.new'])
      writeFileSync(join(folder, name), 'half');
    const second = await log.seal({});
    assert.equal(second.object, 'records-256-511.segment');
    assert.ok(!existsSync(join(folder, 'records-256-511.segment.new')));
    await log.prune({ segments: [String(object), String(second.object)], reason: 'room' });
    await log.pruned();
    log.close();
    await whole(path, ...readdirSync(folder).map((name) => join(folder, name)));
  });

  it('lets nothing go that no pruning covers', () => {
    const { path, open } = place();
    open().close();
    const database = new DatabaseSync(path);
    assert.throws(() => database.exec('delete from record'), /append-only/);
    database.close();
  });
});

function lastSealed(path: string): number {
  const database = openForReading(path);
  const row = database
    .prepare("select bytes ->> '$.body.to' as t from record where type = 'log.sealed'")
    .get();
  database.close();
  return Number(row?.t) - 1;
}

describe('a pruning that is broken off by SIGKILL', () => {
  for (const [said, atLeast] of [
    ['written', 0],
    ['sealed', 0],
    ['pruning', 20],
    ['pruning', 150],
  ] as const)
    it(`after ‘${said}’ and ${atLeast} ms leaves a whole log, and is brought to its end`, async () => {
      const { path, open } = place();
      const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', WRITER, path, '20000']);
      for await (const line of createInterface({ input: child.stdout })) if (line === said) break;
      await new Promise((resolve) => setTimeout(resolve, atLeast));
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      await whole(path);
      const left = rows(path);
      assert.ok(left > 300, `${left} are left: it was not broken off`);
      const log = open();
      if (said !== 'pruning') {
        const [sealed] = log.read({ type: 'log.sealed' });
        const name = sealed ? String(sealed.object) : String((await log.seal({})).object);
        await log.prune({ segments: [name], reason: 'room' });
      }
      await log.pruned();
      log.close();
      const segments = readdirSync(segmentsFolder(path)).filter((name) => name.endsWith('.segment'));
      await whole(path, ...segments.map((name) => join(segmentsFolder(path), name)));
      assert.ok(rows(path) < 300, `${left} were left, and now ${rows(path)} are`);
    });
});
