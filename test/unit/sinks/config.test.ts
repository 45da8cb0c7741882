// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadConfig } from '../../../src/config/index.ts';
import { Fault } from '../../../src/errors.ts';
import { agentFeeds } from '../../../src/launch/agent-feeds.ts';
import { auditSinks, checkpointFeed } from '../../../src/sinks/index.ts';
import { sinksConfig } from './bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracegate-sinks-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'empty'), 'no token\n');

const sinksOf = (keys: Record<string, string>) => auditSinks(sinksConfig(keys, folder).sinks, 'gate-audit');

const WRONG: [keys: Record<string, string>, said: RegExp][] = [
  [
    { syslog: 'logs.example.org' },
    /sinks\.syslog \(flag --sinks-syslog\) is "logs.example.org": write tls:\/\/HOST:PORT/,
  ],
  [{ syslog: 'http://logs.example.org' }, /write tls:/],
  [{ webhook: 'ftp://x' }, /sinks\.webhook .*write https:/],
  [{ webhook: 'https://user:pass@x' }, /write https:/],
  [{ syslog: 'tcp://h:1', syslogFacility: 'kern' }, /syslogFacility .*"kern"/],
  [{ syslog: 'tcp://h:1', syslogCaFile: 'empty' }, /sinks\.syslogCaFile .*holds no certificate/],
  [{ webhook: 'https://h', webhookCaFile: 'gone' }, /sinks\.webhookCaFile .*cannot be read/],
  [{ webhook: 'https://h', webhookTokenFile: 'empty' }, /sinks\.webhookTokenFile .*holds no token/],
  [{ folder: 'x', fileMaxBytes: '1' }, /fileMaxBytes .*not a number in its range/],
];

describe('sinks that cannot work', () => {
  for (const [keys, said] of WRONG)
    it(`are refused at the start: ${JSON.stringify(keys)}`, () => {
      assert.throws(
        () => sinksOf(keys),
        (fault) => fault instanceof Fault && fault.code === 'config' && said.test(fault.message),
      );
    });

  it('are refused where a token would be sent for anybody to read', () => {
    writeFileSync(join(folder, 'token'), 'abc\n');
    assert.throws(() => sinksOf({ webhook: 'http://h', webhookTokenFile: 'token' }), /use https/);
    assert.equal(sinksOf({ webhook: 'https://h', webhookTokenFile: 'token' }).length, 1);
  });

  it('are refused where events have nowhere to come from or to go to', () => {
    const config = (keys: Record<string, string>) => loadConfig({ flags: keys, env: {}, cwd: folder }).config;
    const on = { 'sinks.events': 'on' };
    assert.throws(() => agentFeeds(config(on)), /nowhere to send them/);
    assert.throws(() => agentFeeds(config({ ...on, 'sinks.syslog': 'udp://h:1' })), /set that too/);
    const feeds = agentFeeds(
      config({ ...on, 'sinks.syslog': 'udp://h:1', 'sinks.folder': 'f', 'events.file': 'e' }),
    );
    assert.deepEqual(
      feeds.map(({ name, sinks }) => [name, sinks.map((sink) => sink.name)]),
      [
        ['agent-audit', ['file', 'syslog']],
        ['agent-events', ['syslog']],
      ],
    );
  });

  it('are refused where heads have nowhere to go to, or a token would be read on the way', () => {
    const heads = (keys: Record<string, string>) =>
      checkpointFeed(sinksConfig(keys, folder).sinks, 'gate-checkpoints', 'x').flatMap(({ sinks }) =>
        sinks.map(({ name }) => name),
      );
    writeFileSync(join(folder, 'token'), 'abc\n');
    assert.deepEqual(heads({}), []);
    assert.throws(() => heads({ checkpointCopies: 'on', webhook: 'https://h' }), /nowhere to send them/);
    assert.throws(() => heads({ checkpoint: 'http://h', checkpointTokenFile: 'token' }), /use https/);
    assert.throws(() => heads({ checkpoint: 'https://h', checkpointTokenFile: 'empty' }), /holds no token/);
    const all = { checkpointCopies: 'on', folder: 'f', syslog: 'udp://h:1', webhook: 'https://h' };
    assert.deepEqual(heads({ ...all, checkpoint: 'https://h', checkpointTokenFile: 'token' }), [
      ...['checkpoint', 'file', 'syslog'],
    ]);
  });

  it('are none unless somebody sets one', () => assert.deepEqual(sinksOf({}), []));
});
