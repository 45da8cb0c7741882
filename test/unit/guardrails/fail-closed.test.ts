// SPDX-License-Identifier: Apache-2.0
/** Every way of not answering ends in could-not-judge, and the next submission is judged. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { type HostBuiltins, openRuleset, type RulesetOptions } from '../../../src/guardrails/index.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';
import { OVERRIDE, restrictSymlink, signedBundle, submission, trapBundle } from './submissions.ts';

const plain = submission(restrictSymlink(OVERRIDE));
const asked = (annotations: Record<string, string>): JudgeInput => ({
  ...plain,
  policy: { ...plain.policy, annotations },
});

function traps(builtin: (...args: unknown[]) => unknown = () => 1, options: RulesetOptions = {}) {
  return openRuleset({ files: trapBundle(), builtins: { 'host.ask': builtin }, ...options });
}

function refuses(run: () => unknown, because: RegExp): void {
  assert.throws(run, (thrown: unknown) => {
    assert(thrown instanceof Fault, `not a fault: ${String(thrown)}`);
    assert.equal(thrown.code, 'could-not-judge');
    assert.match(thrown.message, because);
    return true;
  });
}

/** Refused, and what is fine is judged afterwards. */
function refusesAndLivesOn(ruleset: ReturnType<typeof traps>, input: JudgeInput, because: RegExp): void {
  refuses(() => ruleset.judge(input), because);
  assert.equal(ruleset.judge(plain).allowed, true);
}

describe('a record that is not whole', () => {
  const good = {
    allowed: true,
    findings: [] as unknown[],
    found: 0,
    rules: { total: 1, evaluated: 1, notApplicable: 0 },
    judged: { digest: plain.policy.digest, operation: 'create' },
  };
  const finding = { rule: 'TRAP-001', severity: 'deny', path: '', message: 'no' };
  const answer = (record: unknown) => asked({ trap: 'record', record: JSON.stringify(record) });
  const ruleset = traps();

  it('is the control: the whole record is a verdict', () => {
    assert.equal(ruleset.judge(answer(good)).allowed, true);
    const denied = ruleset.judge(answer({ ...good, allowed: false, findings: [finding], found: 1 }));
    assert.deepEqual([denied.allowed, denied.findings[0]?.fix], [false, 'none']);
  });

  const broken: [string, unknown, RegExp][] = [
    ['null', null, /no object/],
    ['a list', [], /no object/],
    ['true', true, /no object/],
    ['without allowed', { ...good, allowed: undefined }, /allowed is/],
    ['with allowed as text', { ...good, allowed: 'true' }, /allowed is "true"/],
    ['with allowed as a number', { ...good, allowed: 1 }, /allowed is 1/],
    ['without findings', { ...good, findings: undefined }, /findings is no list/],
    ['with findings as an object', { ...good, findings: {} }, /findings is no list/],
    ['with a finding lost on the way', { ...good, found: 1 }, /1 findings were made and 0 reported/],
    [
      'that allows in spite of a denial',
      { ...good, findings: [finding], found: 1 },
      /the findings say otherwise/,
    ],
    ['that denies without a denial', { ...good, allowed: false }, /the findings say otherwise/],
    [
      'with a finding of an unknown rule',
      { ...good, allowed: false, findings: [{ ...finding, rule: 'X-1' }], found: 1 },
      /rule X-1/,
    ],
    [
      'with a finding without a message',
      { ...good, allowed: false, findings: [{ ...finding, message: 7 }], found: 1 },
      /lacks/,
    ],
    [
      'with another severity',
      { ...good, findings: [{ ...finding, severity: 'fatal' }], found: 1 },
      /lacks severity/,
    ],
    ['without rules', { ...good, rules: undefined }, /rules is no object/],
    ['without the number of rules', { ...good, rules: { total: 1 } }, /number of rules is not named/],
    [
      'of fewer rules than there are',
      { ...good, rules: { total: 0, evaluated: 0, notApplicable: 0 } },
      /of 1 rules/,
    ],
    [
      'with a rule that vanished',
      { ...good, rules: { total: 1, evaluated: 0, notApplicable: 0 } },
      /0 ran and 0 did not apply/,
    ],
    [
      'with a negative number of rules',
      { ...good, rules: { total: 1, evaluated: 2, notApplicable: -1 } },
      /not named/,
    ],
    [
      'about another policy',
      { ...good, judged: { digest: 'sha256:other', operation: 'create' } },
      /another submission/,
    ],
    [
      'about another operation',
      { ...good, judged: { ...good.judged, operation: 'delete' } },
      /another submission/,
    ],
  ];
  for (const [name, record, because] of broken) {
    it(`a record ${name} is no verdict`, () => refusesAndLivesOn(ruleset, answer(record), because));
  }
});

describe('an evaluation that does not end well', () => {
  it('undefined: no rule gives the decision', () => {
    refusesAndLivesOn(traps(), asked({ trap: 'nothing of the kind' }), /undefined/);
  });

  it('two values for one name: the rules abort', () => {
    refusesAndLivesOn(traps(), asked({ trap: 'conflict' }), /aborted: .*conflict/);
  });

  it('too long: the budget of steps is used up, in the same place each time', () => {
    const ruleset = traps(() => 1, { limits: { fuel: 1_000_000 } });
    refusesAndLivesOn(ruleset, asked({ trap: 'spin' }), /budget of steps/);
    refusesAndLivesOn(ruleset, asked({ trap: 'spin' }), /budget of steps/);
  });

  it('too large: memory ends at its maximum', () => {
    const ruleset = traps(() => 1, { limits: { memoryMaximumPages: 64 } });
    refusesAndLivesOn(ruleset, asked({ trap: 'memory' }), /malloc|memory/i);
  });

  it('an input larger than memory', () => {
    const ruleset = traps(() => 1, { limits: { memoryMaximumPages: 40 } });
    refusesAndLivesOn(ruleset, asked({ filler: 'x'.repeat(3_000_000) }), /memory|malloc/i);
  });

  it('nesting deeper than the stack', () => {
    const record = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    refusesAndLivesOn(traps(), asked({ trap: 'record', record }), /stack/);
  });
});

describe('built-ins', () => {
  const host = asked({ trap: 'host' });

  it('missing: the bundle is refused when it is opened', () => {
    refuses(() => openRuleset({ files: trapBundle() }), /host\.ask/);
  });

  it('one that the SDK has of itself does not count as offered', () => {
    refuses(() => openRuleset({ files: trapBundle(), builtins: { sprintf: () => '' } }), /host\.ask/);
  });

  it('named and not there: the evaluation is no answer', () => {
    const builtins = { 'host.ask': undefined } as unknown as HostBuiltins;
    refusesAndLivesOn(
      openRuleset({ files: trapBundle(), builtins }),
      host,
      /could not judge|no complete answer/i,
    );
  });

  it('one that throws', () => {
    refusesAndLivesOn(
      traps(() => {
        throw new Error('the host is out');
      }),
      host,
      /the host is out/,
    );
  });

  it('one that throws what is no error', () => {
    refusesAndLivesOn(
      traps(() => {
        throw { message: 'a plain object' };
      }),
      host,
      /a plain object/,
    );
  });

  it('one that answers with a promise', () => {
    refusesAndLivesOn(
      traps(async () => 1),
      host,
      /promise/,
    );
  });

  it('one that judges within the judgement', () => {
    const ruleset = traps(() => ruleset.judge(plain));
    refusesAndLivesOn(ruleset, host, /from within another/);
  });

  it('is the control: one that answers', () => {
    assert.equal(traps(() => 'yes').judge(host).allowed, true);
  });
});

describe('a submission that is none', () => {
  const ruleset = openRuleset();
  const selector = plain.policy.hooks[0]?.selectors[0];
  const withPolicy = (change: object) => ({ ...plain, policy: { ...plain.policy, ...change } });
  const broken: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['false', false],
    ['zero', 0],
    ['an empty text', ''],
    ['a list', []],
    ['bytes', Buffer.from(JSON.stringify(plain))],
    ['an ArrayBuffer', new ArrayBuffer(8)],
    ['an object without anything', {}],
    ['without a policy', { ...plain, policy: undefined }],
    ['without an operation', { ...plain, operation: undefined }],
    ['of another operation', { ...plain, operation: 'connect' }],
    ['without a subject', { ...plain, subject: undefined }],
    ['without groups', { ...plain, subject: { user: 'x' } }],
    ['without a mode', { ...plain, effectiveMode: undefined }],
    ['without plans', { ...plain, planned: undefined }],
    ['an update of nothing', { ...plain, operation: 'update' }],
    ['a policy without hooks', withPolicy({ hooks: undefined })],
    ['a policy without a digest', withPolicy({ digest: '' })],
    ['a policy of another kind', withPolicy({ kind: 'Pod' })],
    ['a namespaced policy without a namespace', withPolicy({ kind: 'TracingPolicyNamespaced' })],
    ['a hook without selectors', withPolicy({ hooks: [{ ...plain.policy.hooks[0], selectors: undefined }] })],
    [
      'a selector without actions',
      withPolicy({ hooks: [{ ...plain.policy.hooks[0], selectors: [{ ...selector, actions: null }] }] }),
    ],
    [
      'a selector with an action of no name',
      withPolicy({ hooks: [{ ...plain.policy.hooks[0], selectors: [{ ...selector, actions: [{}] }] }] }),
    ],
    ['a number JSON cannot hold', withPolicy({ hooks: [10n] })],
  ];
  for (const [name, input] of broken) {
    it(`${name} is not judged`, () => refuses(() => ruleset.judge(input as JudgeInput), /Could not judge/));
  }

  it('half a character is not judged, for it has no bytes', () => {
    const subject = { user: 'x\ud800', groups: ['tracegate:platform'] };
    refusesAndLivesOn(ruleset, { ...plain, subject }, /escape/);
  });
});

describe('a bundle that is not whole', () => {
  const files = trapBundle();
  const open = (changed: Partial<ReturnType<typeof trapBundle>>) => () =>
    openRuleset({ files: { ...files, ...changed }, builtins: { 'host.ask': () => 1 } });
  const { 'manifest.json': _manifest, ...parts } = files;
  const resigned = (changed: object, entrypoint?: string) => () =>
    openRuleset({
      files: signedBundle({ ...parts, ...changed }, entrypoint),
      builtins: { 'host.ask': () => 1 },
    });

  it('a changed byte of the module', () => {
    const wasm = Buffer.from(files['policy.wasm']);
    wasm[wasm.length - 1] = (wasm[wasm.length - 1] ?? 0) ^ 1;
    refuses(open({ 'policy.wasm': wasm }), /policy\.wasm has digest/);
  });
  it('changed data', () => refuses(open({ 'data.json': Buffer.from('{"x": 1}') }), /data\.json has digest/));
  it('a manifest that is not JSON', () => refuses(open({ 'manifest.json': Buffer.from('{') }), /not JSON/));
  it('a manifest of another format', () =>
    refuses(open({ 'manifest.json': Buffer.from('{"format": 2}') }), /format 2/));
  it('a module that is none', () =>
    refuses(resigned({ 'policy.wasm': Buffer.from('not wasm at all') }), /cannot be run/));
  it('half a module', () =>
    refuses(
      resigned({ 'policy.wasm': Buffer.from(files['policy.wasm']).subarray(0, 90_000) }),
      /cannot be run/,
    ));
  it('a module without the entry point', () =>
    refuses(resigned({}, 'traps/other'), /entry point traps\/other/));
  it('an empty catalogue', () =>
    refuses(resigned({ 'catalogue.json': Buffer.from('[]') }), /lists no rules/));
  it('a catalogue of rules that the module does not have', () => {
    const [rule] = JSON.parse(Buffer.from(files['catalogue.json']).toString()) as object[];
    const two = Buffer.from(JSON.stringify([rule, { ...rule, id: 'TRAP-002' }]));
    refuses(resigned({ 'catalogue.json': two }), /of 2 rules 1 ran/);
  });
  it('a directory that is not there', () =>
    refuses(() => openRuleset({ bundleDir: '/nonexistent/rules' }), /cannot be read/));
});
