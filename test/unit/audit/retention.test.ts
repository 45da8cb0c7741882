// SPDX-License-Identifier: Apache-2.0
/** Keys handed over, values taken away, pages sealed and taken out: and all of it still verifies, by two verifiers. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  exportLines,
  isConsistent,
  openAuditLog,
  openSource,
  provenRoot,
  readAuditLog,
  verifyLogs,
} from '../../../src/audit/index.ts';
import type { Fault } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-retention-'));
after(() => rmSync(directory, { recursive: true }));
const VERIFIER = join(import.meta.dirname, '../../fixtures/audit-verifier/verify.py');
const python = spawnSync('python3', ['--version']).status === 0;

let count = 0;
function fresh(kind: 'gate' | 'agent' = 'gate') {
  const at = join(directory, `log-${count++}`);
  const options = { path: `${at}.db`, keyPath: `${at}.key`, kind };
  return { ...options, log: openAuditLog(options), reopen: () => openAuditLog(options) };
}

const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({
    type: 'policy.applied',
    object: `p${(from + at) % 5}`,
    actor: { user: `jane-${from + at}@example.org`, groups: ['dev'] },
    body: { n: from + at, reason: `because of „${from + at}“` },
  }));

async function exported(path: string): Promise<string> {
  const source = await openSource(path);
  const lines: string[] = [];
  for await (const line of exportLines(source)) lines.push(line);
  source.close();
  const file = `${path}.jsonl`;
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function whole(...paths: string[]): Promise<void> {
  const { problems } = await verifyLogs({ paths });
  assert.deepEqual(problems, []);
}

const independently = (path: string, keyId?: string) =>
  spawnSync('python3', [VERIFIER, path, ...(keyId === undefined ? [] : [keyId])], { encoding: 'utf8' });

describe('a key that is handed over', () => {
  it('signs from then on; the one before signs nothing larger, and its file is gone', async () => {
    const { log, path, keyPath, reopen } = fresh();
    const before = readFileSync(keyPath, 'utf8');
    const firstKey = log.keyId;
    log.append(entries(0, 300));
    const rotated = log.rotateKey({ user: 'root', groups: [] });
    assert.notEqual(log.keyId, firstKey);
    assert.equal(rotated.type, 'log.key-rotated');
    log.append(entries(300, 310));
    assert.equal(log.head().keyId, log.keyId);
    log.close();
    assert.notEqual(readFileSync(keyPath, 'utf8'), before);
    await whole(path);
    const again = reopen();
    assert.equal(again.logId, log.logId);
    again.close();
    writeFileSync(keyPath, before);
    assert.throws(reopen, (fault: Fault) => fault.code === 'tampered', 'the old key opens it no more');
  });

  it('is finished at the next start when a crash came between', async () => {
    const { log, path, keyPath, reopen } = fresh();
    const old = readFileSync(keyPath);
    const oldPublic = readFileSync(`${keyPath}.pub`);
    log.rotateKey();
    log.close();
    // as the crash left it: the record is there, the files are not moved yet
    writeFileSync(`${keyPath}.next`, readFileSync(keyPath), { mode: 0o600 });
    writeFileSync(`${keyPath}.next.pub`, readFileSync(`${keyPath}.pub`));
    writeFileSync(keyPath, old);
    writeFileSync(`${keyPath}.pub`, oldPublic);
    const again = reopen();
    again.append(entries(0, 1));
    again.close();
    await whole(path);
  });
});

describe('a value that is taken away', () => {
  it('is in no file any more, and the log is whole', async () => {
    const { log, path } = fresh();
    log.append(entries(0, 20));
    assert.throws(() => log.redact({ seq: 7, fields: ['/body/n'], reason: 'x' }), /these can: \/actor\/user/);
    assert.throws(() => log.redact({ seq: 7, reason: ' ' }), /needs a reason/);
    log.redact({ seq: 7, fields: ['/actor/user'], reason: 'she asked', actor: { user: 'dpo', groups: [] } });
    const [record] = log.read({ after: 6, limit: 1 });
    assert.equal(record?.actor?.user, '[redacted]');
    assert.deepEqual(record?.redacted, ['/actor/user']);
    assert.equal(record?.body.reason, 'because of „6“', 'the rest of it is there');
    assert.equal(log.read({ actor: 'jane-6@example.org' }).length, 0);
    const [told] = log.read({ type: 'audit.redacted' });
    assert.deepEqual([told?.object, told?.actor?.user, told?.body.because], ['7', 'dpo', 'she asked']);
    log.close();
    assert.ok(!readFileSync(path).includes('jane-6@'), 'not even in a free page');
    await whole(path);
    await whole(await exported(path));
  });
});

describe('a segment', () => {
  it('verifies on its own; what it holds can be taken out, and what is left verifies and goes on', async () => {
    const { log, path, reopen } = fresh();
    log.append(entries(0, 700));
    const early = log.prove(5);
    const [first, second] = [join(directory, 'first.segment'), join(directory, 'second.segment')];
    const sealed = await log.seal({ path: first });
    assert.deepEqual([sealed.body.from, sealed.body.to], [0, 512]);
    await whole(first);
    await assert.rejects(log.seal({ path: second }), /nothing to seal/);
    log.append(entries(700, 1100));
    log.rotateKey();
    await log.seal({ path: second });
    await assert.rejects(log.prune({ segments: [second], reason: 'old' }), /a segment is missing/);
    writeFileSync(`${first}.bad`, readFileSync(first, 'utf8').replace('"n":9}', '"n":8}'));
    await assert.rejects(
      log.prune({ segments: [`${first}.bad`], reason: 'old' }),
      (fault: Fault) => fault.code === 'tampered',
    );
    const pruned = await log.prune({ segments: [second, first], reason: 'older than allowed' });
    assert.equal(pruned.body.before, 1024);
    await log.pruned();
    assert.throws(() => log.prove(5), /sealed in a segment/);
    const late = log.prove(1050, early.head.size);
    assert.ok(
      isConsistent(
        { from: early.head.size, fromRoot: early.head.root, size: late.head.size, root: late.head.root },
        late.consistency?.path ?? [],
      ),
      'a head from before can still be shown to be in its past',
    );
    log.close();
    reopen().close();
    await whole(path, first, second);
    const rest = await exported(path);
    await whole(rest);
    assert.ok(readAuditLog(path).records.length < 120);
    if (!python) return;
    for (const file of [first, second, rest])
      assert.equal(independently(file).status, 0, independently(file).stderr);
  });

  it('of another log takes nothing out', async () => {
    const [one, other] = [fresh(), fresh()];
    one.log.append(entries(0, 300));
    other.log.append(entries(0, 300));
    const segment = join(directory, 'other.segment');
    await other.log.seal({ path: segment });
    await assert.rejects(one.log.prune({ segments: [segment], reason: 'x' }), /no segment of this log/);
    one.log.close();
    other.log.close();
  });
});

describe('a proof', () => {
  it('holds for its record and head, and that the tree goes on from an earlier one', () => {
    const { log } = fresh();
    log.append(entries(0, 600));
    const before = log.head();
    log.append(entries(600, 1300));
    for (const seq of [0, 255, 256, 599, 1024, 1300]) {
      const { leaf, path, head, consistency, checkpoint } = log.prove(seq, before.size);
      assert.equal(provenRoot(seq, head.size, leaf, path), head.root);
      const growth = { from: before.size, fromRoot: before.root, size: head.size, root: head.root };
      assert.ok(isConsistent(growth, consistency?.path ?? []));
      assert.match(checkpoint, /^tracegate\/gate:[0-9a-f]{32}\n1301\n.{44}\n/);
    }
    log.close();
  });
});

describe('a clock that is set', () => {
  it('is written down before anything is dated by it, and so is an end that is missing', async () => {
    const at = join(directory, 'clock');
    let [wallMs, steadyMs] = [Date.UTC(2026, 0, 1), 0];
    const options = {
      ...{ path: `${at}.db`, keyPath: `${at}.key`, kind: 'gate' as const },
      ...{ now: () => new Date(wallMs), steadyMs: () => steadyMs },
    };
    const log = openAuditLog(options);
    log.append(entries(0, 1));
    [wallMs, steadyMs] = [wallMs - 3_600_000, steadyMs + 1000];
    log.append(entries(1, 2));
    assert.equal(log.read({ type: 'clock.jumped' })[0]?.body.jumpMs, -3_601_000);
    log.close();
    wallMs -= 3_600_000;
    const again = openAuditLog(options);
    const { clockWentBackMs, endMissing } = again.read({ type: 'log.opened' })[1]?.body ?? {};
    assert.equal(clockWentBackMs, 3_600_000);
    assert.equal((endMissing as { lastType: string }).lastType, 'policy.applied');
    again.close();
    await whole(options.path);
  });
});

describe('the verifier in another language', { skip: python ? false : 'python3 is not installed' }, () => {
  it('finds an export whole, and each of these changes', async () => {
    const { log, path } = fresh();
    const firstKey = log.keyId;
    log.append(entries(0, 1040));
    log.rotateKey();
    log.redact({ seq: 3, reason: 'asked' });
    log.append(entries(1040, 1060));
    log.close();
    const file = await exported(path);
    const good = independently(file, firstKey);
    assert.equal(good.status, 0, good.stderr);
    assert.match(good.stdout, /whole: records 0 to 1062/);
    assert.notEqual(independently(file, 'sha256:00').status, 0);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    const header = JSON.parse(lines[0] ?? '');
    const head = (change: object) => lines.with(0, JSON.stringify({ ...header, ...change }));
    const changes: Record<string, string[]> = {
      'an edit': lines.with(9, (lines[9] ?? '').replace('"n":7', '"n":8')),
      'a removal': lines.toSpliced(9, 1),
      'a cut': lines.slice(0, -1),
      'two in each other’s place': lines.with(9, lines[10] ?? '').with(10, lines[9] ?? ''),
      'a record twice': lines.toSpliced(9, 0, lines[9] ?? ''),
      'another value': lines.with(9, (lines[9] ?? '').replace('jane-7@', 'jana-7@')),
      'a value taken away': lines.with(9, (lines[9] ?? '').split('\t')[0] ?? ''),
      'another head': head({ head: { ...header.head, time: '2001-01-01T00:00:00.000Z' } }),
      'another kept head': head({ checkpoints: [{ ...header.checkpoints[0], root: header.head.root }] }),
    };
    for (const [name, changed] of Object.entries(changes)) {
      const bad = join(directory, 'bad.jsonl');
      writeFileSync(bad, `${changed.join('\n')}\n`);
      assert.equal(independently(bad).status, 1, name);
      assert.equal((await verifyLogs({ paths: [bad] })).ok, false, `${name}, by our own`);
    }
  });
});
