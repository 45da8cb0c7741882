// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { openAuditLog } from '../../src/audit/index.ts';
import { statePaths } from '../../src/config/index.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-audit-cli-'));
after(() => rmSync(root, { recursive: true }));
const env = { TRACEGATE_STATE_DIR: root };
const { gateAudit } = statePaths(root);

mkdirSync(dirname(gateAudit), { recursive: true });
const log = openAuditLog({ path: gateAudit, keyPath: join(root, 'key'), kind: 'gate' });
log.append([
  { type: 'gate.started', body: { n: 1 } },
  { type: 'policy.applied', object: 'a', body: { note: 'to be changed' } },
]);
log.close();

describe('the audit log of this host', () => {
  it('is verified without a gate, and says what is not covered', async () => {
    const run = await runInProcess(['audit', 'verify'], { env });
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /: [1-9]\d* records, root [0-9a-f]{64}/);
    assert.match(run.stdout, /not covered: /);
  });

  it('is exported whole, and the export verifies; any changed byte of it exits 1', async () => {
    const { code, stdout } = await runInProcess(['audit', 'export'], { env });
    assert.equal(code, 0);
    const good = join(root, 'good.jsonl');
    const bad = join(root, 'bad.jsonl');
    writeFileSync(good, stdout);
    writeFileSync(bad, stdout.replace('to be changed', 'was changed!!'));
    assert.equal((await runInProcess(['audit', 'verify', good], { env })).code, 0);
    const tampered = await runInProcess(['audit', 'verify', bad], { env });
    assert.equal(tampered.code, 1, tampered.stdout);
    assert.match(tampered.stdout, /PROBLEM .*\nTAMPERED WITH|PROBLEM /);
  });

  it('is missing aloud', async () => {
    const run = await runInProcess(['audit', 'verify'], {
      env: { TRACEGATE_STATE_DIR: join(root, 'nowhere') },
    });
    assert.equal(run.code, 3);
    assert.match(run.stderr, /no audit log/);
  });
});
