// SPDX-License-Identifier: Apache-2.0
/** `tracegate.io/throttle` and `tracegate.io/aggregate`: what they mean, what of them is refused, and how `explain` says it. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { effectsOf } from '../../../src/effects/effects.ts';
import { intakeObject } from '../../../src/model/intake.ts';

const UNLINK = { kprobes: [{ call: 'sys_unlink', syscall: true }] };

function taken(annotations: Record<string, string>, spec: object = UNLINK) {
  return intakeObject({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'p', annotations },
    spec,
  });
}

function normal(annotations: Record<string, string>) {
  const found = taken(annotations);
  assert.ok(found.valid, JSON.stringify(found.findings));
  return found.normal;
}

it('bounds the events of a cgroup, by number and time', () => {
  const throttle = (text: string) => normal({ 'tracegate.io/throttle': text }).throttle;
  assert.deepEqual(throttle('1000/1s'), { events: 1000, intervalMs: 1000 });
  assert.deepEqual(throttle('1/5m'), { events: 1, intervalMs: 300_000 });
  assert.deepEqual(throttle('1000000/1h'), { events: 1_000_000, intervalMs: 3_600_000 });
  assert.equal(normal({}).throttle, undefined);
});

it('refuses what bounds nothing, or is beyond what can be kept', () => {
  for (const text of [
    '',
    '1000',
    '0/1s',
    '1000001/1s',
    '10/0s',
    '10/61m',
    '10/2h',
    '10/1',
    '-1/1s',
    '1e3/1s',
  ])
    assert.deepEqual(
      taken({ 'tracegate.io/throttle': text }).findings.map((f) => [f.rule, f.path, f.fix]),
      [
        [
          'TPG-001',
          '/metadata/annotations/tracegate.io~1throttle',
          'write events/time such as 1000/1s: 1 to 1000000 events in 1s to 1h',
        ],
      ],
      text,
    );
});

it('is another policy with another bound', () => {
  const digest = (text: string) => normal({ 'tracegate.io/throttle': text }).digest;
  assert.notEqual(digest('10/1s'), digest('11/1s'));
});

it('is said in plain words', () => {
  const said = effectsOf(normal({ 'tracegate.io/throttle': '10/1m' })).details.join(' ');
  assert.match(said, /at most 10 events in 60 seconds of one group of processes \(a cgroup/);
  assert.doesNotMatch(effectsOf(normal({})).details.join(' '), /cgroup/);
});

it('aggregates over a time', () => {
  const over = (text: string) => normal({ 'tracegate.io/aggregate': text }).aggregateMs;
  assert.deepEqual([over('1s'), over('5m'), over('1h')], [1000, 300_000, 3_600_000]);
  assert.equal(normal({}).aggregateMs, undefined);
  const said = effectsOf(normal({ 'tracegate.io/aggregate': '10s' })).details.join(' ');
  assert.match(said, /told once in 10 seconds, and then one says how many more/);
});

it('refuses no time, and what is not the same although the values are', () => {
  const problems = (annotation: string, spec?: object) =>
    taken({ 'tracegate.io/aggregate': annotation }, spec).findings.map((f) => `${f.path}: ${f.message}`);
  for (const text of ['', '10', '0s', '2h', '10ms', 'ten'])
    assert.deepEqual(problems(text), [
      `/metadata/annotations/tracegate.io~1aggregate: "${text}" is no time to aggregate over`,
    ]);
  const acting = (action: object, args: object[] = []) => ({
    kprobes: [{ call: 'tcp_connect', syscall: false, args, selectors: [{ matchActions: [action] }] }],
  });
  const at = '/spec/kprobes/0/selectors/0/matchActions/0';
  assert.deepEqual(problems('10s', acting({ action: 'Post' })), []);
  for (const [field, value] of [
    ['rateLimit', '1m'],
    ['kernelStackTrace', true],
    ['userStackTrace', true],
  ] as const)
    assert.match(
      problems('10s', acting({ action: 'Post', [field]: value })).join(),
      new RegExp(`^${at}: events are told as the same: ${field} `),
    );
  const track = acting({ action: 'TrackSock', argSock: 0 }, [{ index: 0, type: 'sock' }]);
  assert.match(problems('10s', track).join(), /: TrackSock makes events another process's/);
  assert.match(problems('10s', { loader: true }).join(), /^\/spec\/loader: files are told once/);
  const lsm = {
    lsmhooks: [
      {
        hook: 'file_open',
        args: [{ index: 0, type: 'file' }],
        selectors: [{ matchActions: [{ action: 'Post', imaHash: true }] }],
      },
    ],
  };
  assert.match(problems('10s', lsm).join(), /imaHash may differ/);
});
