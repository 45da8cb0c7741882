// SPDX-License-Identifier: Apache-2.0
/** What runs without opa: decisions of the past by other rules, and what each rule takes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { runningGate } from '../api/running-gate.ts';
import { archiveOf, variant } from '../fixtures/bundles.ts';
import { RESTRICT_SYMLINK, TCP_CONNECT } from '../fixtures/policies.ts';
import { runInProcess } from '../fixtures/run-cli.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-replay-'));
after(() => rmSync(root, { recursive: true }));
const file = (name: string, text: string | Buffer): string => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const strict = file('strict.json', '{"rules": {"TPG-401": {"mode": "enforce"}}}');

interface Replayed {
  seq: number;
  policy: string;
  outcome: string;
  was: boolean;
  would?: boolean;
  exact?: boolean;
  sameRules?: boolean;
  why?: string;
  findings?: { change: string; rule: string; severity: string }[];
}

describe('rules replay', () => {
  it('judges what a gate decided once more, and lists what would flip', async () => {
    const { stateDir, as, tokenFor } = await runningGate();
    const yaml = 'application/yaml';
    const put = (name: string, text: string, token?: string) =>
      as(token).put(`/v1/policies/${name}?reason=replay`).set('content-type', yaml).send(text);
    assert.equal((await put('tcp-connect', TCP_CONNECT)).status, 201);
    assert.equal((await put('restrict-symlink', RESTRICT_SYMLINK)).status, 201);
    assert.equal((await put('restrict-symlink', RESTRICT_SYMLINK.replace('-1', '-13'))).status, 200);
    assert.equal(
      (await put('denied', RESTRICT_SYMLINK.replace('restrict-symlink', 'denied'), tokenFor('bob'))).status,
      403,
    );
    assert.equal(
      (await put('broken', TCP_CONNECT.replace('args:', 'arg:').replace('tcp-connect', 'broken'))).status,
      422,
    );
    const env = { TRACEGATE_STATE_DIR: stateDir };
    const replay = (...argv: string[]) => runInProcess(['rules', 'replay', ...argv], { env, cwd: root });
    const resultsOf = (run: { json: unknown[] }) => run.json as Replayed[];

    const same = await replay('-o', 'json');
    assert.equal(same.code, 0, same.stderr);
    assert.deepEqual(
      resultsOf(same).map(({ policy, outcome, exact, sameRules }) => [policy, outcome, exact, sameRules]),
      [
        ['tcp-connect', 'same', true, true],
        ['restrict-symlink', 'same', true, true],
        ['restrict-symlink', 'same', true, true],
        ['denied', 'skipped', undefined, undefined],
        ['broken', 'skipped', undefined, undefined],
      ],
    );
    assert.match(same.stderr, /1 not replayed: the policy is not at hand/);
    assert.match(same.stderr, /1 not replayed: the document was invalid/);

    const other = await replay('-o', 'json', '--data', strict);
    assert.equal(other.code, 1);
    const [flipped] = resultsOf(other);
    assert.partialDeepStrictEqual(flipped, {
      outcome: 'flips',
      was: true,
      would: false,
      exact: true,
      sameRules: false,
    });
    assert.deepEqual(
      flipped?.findings?.map(({ change, rule, severity }) => `${change}${severity} ${rule}`),
      ['-warn TPG-401', '+deny TPG-401'],
    );
    const text = await replay('--data', strict);
    assert.match(text.stdout, /^\d+ \S+ tcp-connect: allowed, would be denied\n {2}- warn TPG-401/);

    const denied = file('denied.yaml', RESTRICT_SYMLINK.replace('restrict-symlink', 'denied'));
    const named = await replay('-o', 'json', '--policies', denied);
    assert.deepEqual(resultsOf(named).map(({ outcome, exact }) => [outcome, exact])[3], ['same', true]);
    const bundle = file('other.tar.gz', archiveOf(variant('other')));
    const bundled = await replay('-o', 'json', '--rules', bundle);
    assert.partialDeepStrictEqual(resultsOf(bundled)[0], { outcome: 'same', exact: true, sameRules: false });

    const exported = file(
      'log.jsonl',
      (await runInProcess(['audit', 'list', '-o', 'json', '--limit', '100'], { env })).stdout,
    );
    const offline = { env: { TRACEGATE_STATE_DIR: join(root, 'none') }, cwd: root };
    const policies = [file('a.yaml', TCP_CONNECT), denied];
    const away = await runInProcess(
      ['rules', 'replay', '--decisions', exported, '--policies', ...policies, '--data', strict, '-o', 'json'],
      offline,
    );
    assert.equal(away.code, 1, away.stderr);
    assert.deepEqual(
      resultsOf(away)
        .filter(({ outcome }) => outcome !== 'skipped')
        .map(({ policy, outcome, exact }) => [policy, outcome, exact])
        .sort(),
      [
        ['denied', 'same', true],
        ['tcp-connect', 'flips', true],
      ],
    );
  });

  it('of nothing is no success', async () => {
    const setting = { env: { TRACEGATE_STATE_DIR: join(root, 'none') }, cwd: root };
    const empty = await runInProcess(['rules', 'replay', '--decisions', file('empty', '')], setting);
    assert.deepEqual([empty.code, /nothing was replayed/.test(empty.stderr)], [3, true], empty.stderr);
    const broken = await runInProcess(['rules', 'replay', '--decisions', file('no.json', '{"a": ')], setting);
    assert.deepEqual(
      [broken.code, /no\.json:1 is no line of JSON/.test(broken.stderr)],
      [3, true],
      broken.stderr,
    );
  });
});

describe('rules bench', () => {
  const setting = { env: { TRACEGATE_STATE_DIR: join(root, 'none') }, cwd: root };
  it('names the share of each rule, dearest first', async () => {
    const { code, json, stderr } = await runInProcess(
      ['rules', 'bench', '--rounds', '2', '-o', 'json'],
      setting,
    );
    assert.equal(code, 0, stderr);
    const [costs] = json as unknown as [
      { wholeUs: number; emptyUs: number; rules: { id: string; us: number; steps: number; share: number }[] },
    ];
    assert.ok(costs.wholeUs > 0 && costs.emptyUs > 0);
    assert.ok(costs.rules.length > 40 && costs.rules.some(({ steps }) => steps > 0));
    // steps, unlike times, are the same each time
    const [again] = (await runInProcess(['rules', 'bench', '--rounds', '1', '-o', 'json'], setting))
      .json as unknown as [typeof costs];
    assert.deepEqual(
      again.rules.map(({ id, steps }) => [id, steps]),
      costs.rules.map(({ id, steps }) => [id, steps]),
    );
    assert.deepEqual(
      costs.rules,
      costs.rules.toSorted((a, b) => b.steps - a.steps),
    );
    const table = await runInProcess(['rules', 'bench', '--rounds', '2', '--above', '0'], setting);
    assert.equal(table.code, 1);
    assert.match(table.stdout, /^RULE +MICROSECONDS +STEPS +SHARE\nTPG-/);
  });

  it('measures valid policies only', async () => {
    const { code, stderr } = await runInProcess(
      ['rules', 'bench', file('bad.yaml', 'kind: TracingPolicy')],
      setting,
    );
    assert.deepEqual([code, /is no valid TracingPolicy/.test(stderr)], [3, true], stderr);
    assert.equal((await runInProcess(['rules', 'bench', '--rounds', 'x'], setting)).code, 2);
  });
});
