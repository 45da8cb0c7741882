// SPDX-License-Identifier: Apache-2.0
/** A log that an earlier version wrote: read as it is, and taken over by the first writer. */
import assert from 'node:assert/strict';
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { openAuditLog, openForReading, readAuditLog, verifyLogs } from '../../../src/audit/index.ts';

/** Made by the version before what records are found by lay apart: 305 records, a changed key, a redaction, a seal. */
const EARLIER = join(import.meta.dirname, '../../fixtures/audit-earlier');
const RECORDS = 305;

const directory = mkdtempSync(join(tmpdir(), 'tracegate-earlier-'));
after(() => rmSync(directory, { recursive: true }));

let count = 0;
function copy() {
  const at = join(directory, `log-${count++}`);
  const options = { path: `${at}.db`, keyPath: `${at}.key`, kind: 'gate' as const };
  writeFileSync(options.path, gunzipSync(readFileSync(join(EARLIER, 'log.db.gz'))), { mode: 0o600 });
  copyFileSync(join(EARLIER, 'log.key.pem'), options.keyPath);
  chmodSync(options.keyPath, 0o600);
  return options;
}

const ids = (path: string, filter: object) =>
  readAuditLog(path, filter).records.map(({ body }) => (body.decision as { id: string }).id);

describe('a log of an earlier version', () => {
  it('is verified and searched without being changed', async () => {
    const { path } = copy();
    const before = readFileSync(path);
    const { ok, problems, logs } = await verifyLogs({ paths: [path] });
    assert.deepEqual([ok, problems, logs[0]?.records], [true, [], RECORDS]);
    assert.deepEqual(ids(path, { decision: 'd-123' }), ['d-123']);
    assert.equal(readAuditLog(path, { type: 'load.' }).records.length, 30);
    assert.deepEqual(readFileSync(path), before);
  });

  it('goes on under its name, finds what it had, and verifies', async () => {
    const options = copy();
    const { head } = readAuditLog(options.path, { limit: 0 });
    const log = openAuditLog(options);
    assert.equal(log.logId, head?.logId);
    log.append([{ type: 'decision', object: 'policy-2', body: { decision: { id: 'new', findings: [] } } }]);
    assert.deepEqual(ids(options.path, { decision: 'd-123' }), ['d-123']);
    assert.deepEqual(
      ids(options.path, { object: 'policy-2', type: 'decision', order: 'descending', limit: 2 }),
      ['new', 'd-296'],
    );
    assert.deepEqual(log.read({ type: 'decision' }).find(({ seq }) => seq === 12)?.redacted, [
      '/actor/user',
      '/body/reason',
    ]);
    log.close();
    const { problems, logs } = await verifyLogs({
      paths: [options.path],
      ...(head && { trustedHeads: [head] }),
    });
    assert.deepEqual([problems, logs[0]?.records, logs[0]?.witnessedSize], [[], RECORDS + 2, RECORDS]);
  });

  it('gives up the lists inside it', () => {
    const options = copy();
    openAuditLog(options).close();
    const database = openForReading(options.path);
    const rows = database
      .prepare("select name from sqlite_master where type = 'index' and sql is not null")
      .all();
    database.close();
    assert.deepEqual(
      rows.map(({ name }) => name),
      ['record_own'],
    );
  });
});
