// SPDX-License-Identifier: Apache-2.0
/** What is listed beside a log leads to the same records as reading all of it; and nothing depends on it being there. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type AuditFilter, openAuditLog, openForReading, readAuditLog } from '../../../src/audit/index.ts';
import { attachListing, LIST_AT_ONCE, Listing, listingPath } from '../../../src/audit/listing.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-listing-'));
after(() => rmSync(directory, { recursive: true }));

let count = 0;
function fresh() {
  const at = join(directory, `log-${count++}`);
  const options = { path: `${at}.db`, keyPath: `${at}.key`, kind: 'gate' as const };
  return { ...options, log: openAuditLog(options), reopen: () => openAuditLog(options) };
}

const entries = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => from + at).map((n) => ({
    type: n % 50 === 0 ? 'load.done' : n % 70 === 0 ? 'load.failed' : 'decision',
    object: `policy-${n % 37}`,
    actor: { user: `user-${n % 5}`, groups: [] },
    body: { decision: { id: `id-${n}`, allowed: n % 3 === 0, findings: [] } },
  }));

const FILTERS: AuditFilter[] = [
  { type: 'load.' },
  { type: 'load.done' },
  { type: 'decision' },
  { type: 'log.' },
  { object: 'policy-3' },
  { object: 'policy-3', type: 'load.' },
  { object: 'policy-3', type: 'decision', outcome: 'denied' },
  { object: 'policy-1', actor: 'user-3' },
  { object: 'policy-36', after: 1000 },
  { object: 'no-such' },
  { decision: 'id-777' },
  { decision: 'id-2990' },
];
const WAYS: AuditFilter[] = (['ascending', 'descending'] as const).flatMap((order) =>
  [undefined, 0, 1, 20].map((limit) => ({ order, ...(limit !== undefined && { limit }) })),
);
const answers = (path: string) =>
  FILTERS.flatMap((filter) => WAYS.map((way) => readAuditLog(path, { ...filter, ...way }).records));
const always = () => true;

function reaches(path: string): number {
  const database = openForReading(path);
  try {
    return attachListing(database, path);
  } catch {
    return 0; // it is just being made
  } finally {
    database.close();
  }
}

function listRecords(path: string, goOn: () => boolean): void {
  const listing = new Listing(path);
  listing.list(goOn);
  listing.close();
}

describe('what records are found by', () => {
  it('leads to the same ones, those not listed yet among them', () => {
    const { log, path } = fresh();
    log.append(entries(0, 2500));
    listRecords(path, always);
    log.append(entries(2500, 3000));
    assert.equal(reaches(path), 2501);
    const listed = answers(path);
    rmSync(listingPath(path));
    assert.deepEqual(listed, answers(path));
    assert.equal(listed.flat().filter(({ body }) => body.decision === undefined).length, 2 * 2 + 2);
    log.close();
  });

  it('is written by a thread once enough has gathered, also over restarts', async () => {
    const { log, path, reopen } = fresh();
    log.append(entries(0, LIST_AT_ONCE - 10));
    log.close();
    assert.equal(existsSync(listingPath(path)), false);
    const again = reopen();
    again.append(entries(0, 20));
    for (let tries = 0; reaches(path) <= LIST_AT_ONCE && tries < 800; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 25));
    assert.ok(reaches(path) > LIST_AT_ONCE);
    assert.equal(statSync(listingPath(path)).mode & 0o777, 0o600);
    again.close();
  });

  it('goes on where it was stopped', () => {
    const { log, path } = fresh();
    log.append(entries(0, LIST_AT_ONCE + 500));
    let turns = 0;
    listRecords(path, () => turns++ === 0);
    assert.equal(reaches(path), LIST_AT_ONCE);
    listRecords(path, always);
    assert.equal(reaches(path), LIST_AT_ONCE + 501);
    log.close();
  });

  it('of another log under the same name is not used, and made anew', () => {
    const { log, path, keyPath } = fresh();
    log.append(entries(0, 600));
    listRecords(path, always);
    log.close();
    for (const gone of [path, keyPath, `${keyPath}.pub`]) rmSync(gone);
    const next = openAuditLog({ path, keyPath, kind: 'gate' });
    next.append(entries(300, 1000));
    assert.equal(reaches(path), 0);
    assert.equal(readAuditLog(path, { decision: 'id-10' }).records.length, 0);
    assert.equal(readAuditLog(path, { decision: 'id-310' }).records.length, 1);
    listRecords(path, always);
    assert.equal(reaches(path), 701);
    assert.equal(readAuditLog(path, { decision: 'id-310' }).records.length, 1);
    next.close();
  });

  it('that is damaged hides nothing, and is made anew', () => {
    const { log, path } = fresh();
    log.append(entries(0, 600));
    listRecords(path, always);
    writeFileSync(listingPath(path), 'no database at all '.repeat(500));
    assert.equal(readAuditLog(path, { decision: 'id-10' }).records.length, 1);
    listRecords(path, always);
    listRecords(path, always);
    assert.equal(reaches(path), 601);
    log.close();
  });

  it('is kept open from one time to the next, and made anew where it was taken away meanwhile', () => {
    const { log, path } = fresh();
    const listing = new Listing(path);
    log.append(entries(0, 300));
    listing.list(always);
    const isOpen = () => existsSync(`${listingPath(path)}-wal`);
    assert.ok(isOpen());
    log.append(entries(300, 600));
    listing.list(always);
    assert.equal(reaches(path), 601);
    assert.ok(isOpen());
    for (const end of ['', '-wal', '-shm']) rmSync(`${listingPath(path)}${end}`);
    listing.list(always);
    assert.equal(reaches(path), 601);
    for (let more = 0; more < 64 && isOpen(); more += 1) listing.list(always);
    assert.equal(isOpen(), false, 'a connection is not kept for ever');
    assert.equal(reaches(path), 601);
    listing.close();
    log.close();
  });

  it('forgets what was sealed and taken out', async () => {
    const { log, path } = fresh();
    log.append(entries(0, 600));
    listRecords(path, always);
    await log.seal({ path: `${path}.segment` });
    await log.prune({ segments: [`${path}.segment`], reason: 'a year is over' });
    await log.pruned();
    assert.deepEqual(readAuditLog(path, { decision: 'id-10' }).records, []);
    listRecords(path, always);
    const listing = openForReading(listingPath(path));
    const { first } = listing.prepare('select min(seq) as first from by_decision').get() ?? {};
    listing.close();
    assert.equal(first, 512);
    assert.equal(reaches(path), 603);
    log.close();
  });
});
