// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { canonicalJson } from '../../../src/model/canonical-json.ts';
import { SQLITE, STAGES, stageOf, WAITING } from './stage-names.ts';
import { measureStages } from './stages.ts';

const TLS_AND_HTTP = STAGES[0];
const NORMAL_FORM = 'normal form and digest';

describe('where the time of a review goes', () => {
  it('is told by the file of a function, and for others by who called it', () => {
    const frame = (url: string, functionName = 'f') => ({ url, functionName });
    assert.equal(stageOf(frame('file:///x/src/model/read-json.ts')), 'read the JSON');
    assert.equal(stageOf(frame('file:///x/src/model/language/hooks.ts')), NORMAL_FORM);
    assert.equal(stageOf(frame('wasm://wasm/opa.wasm-1')), 'rules in wasm');
    assert.equal(stageOf(frame('', 'stringify'), NORMAL_FORM), NORMAL_FORM);
    assert.equal(stageOf(frame('node:_http_server')), TLS_AND_HTTP);
    assert.equal(stageOf(frame('', '(idle)')), WAITING);
  });

  it('adds up to the CPU that was used, with that of SQLite apart', async () => {
    const database = new DatabaseSync(':memory:');
    database.exec('create table t (a text)');
    const insert = database.prepare('insert into t values (?)');
    const value = Array.from({ length: 200 }, (_, index) => ({ key: `value ${index}`, a: index }));
    const stop = await measureStages();
    const before = process.cpuUsage();
    for (let turn = 0; turn < 600; turn++) insert.run(canonicalJson(value));
    const { user, system } = process.cpuUsage(before);
    const { stages } = await stop();
    const told = Object.values(stages).reduce((sum, one) => sum + one, 0);
    assert.ok(told >= user + system, `${told} µs are told of ${user + system}`);
    assert.ok((stages[SQLITE] ?? 0) > 0);
    assert.ok((stages[NORMAL_FORM] ?? 0) > (stages[TLS_AND_HTTP] ?? 0));
    const unknown = Object.keys(stages).filter((name) => !(STAGES as readonly string[]).includes(name));
    assert.deepEqual(unknown, []);
  });
});
