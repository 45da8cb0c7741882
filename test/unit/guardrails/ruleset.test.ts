// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { openRuleset, PROFILES } from '../../../src/guardrails/index.ts';
import type { JudgeInput, Verdict } from '../../../src/model/judge.ts';
import { POLICY_LIMITS } from '../../../src/model/language/limits.ts';
import {
  ENFORCER,
  FILE_MONITORING,
  OVERRIDE,
  restrictSymlink,
  SIGKILL,
  submission,
  TCP_CONNECT,
  TENANT,
} from './submissions.ts';

const baseline = openRuleset();
const denials = (verdict: Verdict) =>
  verdict.findings.filter((f) => f.severity === 'deny').map((f) => f.rule);
const warnings = (verdict: Verdict) =>
  verdict.findings.filter((f) => f.severity === 'warn').map((f) => f.rule);
const namespaced = (yaml: string) =>
  yaml
    .replace('kind: TracingPolicy', 'kind: TracingPolicyNamespaced')
    .replace('metadata:', 'metadata:\n  namespace: team-a');

describe('the three policies from the field, in baseline', () => {
  const field: [string, string][] = [
    ['tcp-connect', TCP_CONNECT],
    ['file-monitoring', FILE_MONITORING],
    ['restrict-symlink', restrictSymlink(OVERRIDE)],
    ['its twin with Sigkill', restrictSymlink(SIGKILL)],
  ];
  for (const [name, yaml] of field) {
    it(`${name} is allowed for the platform`, () => {
      const verdict = baseline.judge(submission(yaml));
      assert.deepEqual([verdict.allowed, denials(verdict)], [true, []]);
    });
    it(`${name} is denied for a tenant, who may not watch every host`, () => {
      assert.ok(denials(baseline.judge(submission(yaml, { subject: TENANT }))).includes('TPG-102'));
    });
  }

  it('tcp-connect is warned of, for tcp_sendmsg is hot', () => {
    assert.deepEqual(warnings(baseline.judge(submission(TCP_CONNECT))), ['TPG-401']);
  });

  for (const action of [OVERRIDE, SIGKILL]) {
    const yaml = namespaced(restrictSymlink(action));
    it(`${action} by somebody who is no enforcer is denied, saying what, where and what to do`, () => {
      const [finding, ...others] = baseline
        .judge(submission(yaml, { subject: TENANT }))
        .findings.filter((f) => f.severity === 'deny');
      assert.deepEqual(others, []);
      assert.equal(finding?.rule, 'TPG-113');
      assert.equal(finding.path, '/spec/kprobes/0/selectors/0/matchActions/0');
      assert.match(finding.message, /on sys_symlinkat needs the enforcers group, and tom is not in it/);
      assert.match(finding.fix ?? '', /monitor|enforcers/);
      assert.equal(finding.docs, 'docs/rules.md#tpg-113');
    });
    it(`${action} by an enforcer in his namespace is allowed`, () => {
      assert.equal(baseline.judge(submission(yaml, { subject: ENFORCER })).allowed, true);
    });
    it(`${action} in monitor mode needs no enforcer, turning it to enforce does`, () => {
      const monitored = submission(yaml, { subject: TENANT, effectiveMode: 'monitor' });
      assert.equal(baseline.judge(monitored).allowed, true);
      const turned: JudgeInput = {
        ...monitored,
        operation: 'update',
        oldPolicy: monitored.policy,
        effectiveMode: 'enforce',
      };
      assert.deepEqual(denials(baseline.judge(turned)), ['TPG-113']);
    });
  }
});

describe('monitor mode', () => {
  const kill = (call: string, filter: string) => `
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata: {name: kill}
spec:
  kprobes:
  - call: ${call}
    syscall: true
    args: [{index: 0, type: string}, {index: 1, type: int}]
    selectors:
    - ${filter}
      matchActions: [{action: Sigkill}]
`;
  const modes = (yaml: string) =>
    ['enforce', 'monitor'].map((mode) => {
      const verdict = baseline.judge(submission(yaml, { effectiveMode: mode as 'enforce' | 'monitor' }));
      return [denials(verdict), warnings(verdict)];
    });

  it('softens a denial about blast radius to a warning', () => {
    const [enforced, monitored] = modes(
      kill('sys_mount', 'matchBinaries: [{operator: In, values: [/usr/bin/kubelet]}]'),
    );
    assert.deepEqual(enforced, [['TPG-202'], []]);
    assert.deepEqual(monitored, [[], ['TPG-202']]);
  });

  it('softens nothing about self-protection', () => {
    const [enforced, monitored] = modes(
      kill('sys_mount', 'matchBinaries: [{operator: In, values: [/usr/bin/tracegate]}]'),
    );
    assert.deepEqual([enforced?.[0], monitored?.[0]], [['TPG-301'], ['TPG-301']]);
  });

  it('softens no faked success', () => {
    const yaml = restrictSymlink('action: Override, argError: 0');
    assert.deepEqual(
      modes(yaml).map(([denied]) => denied),
      [['TPG-207'], ['TPG-207']],
    );
  });

  it('softens no guard that is none', () => {
    const yaml = restrictSymlink(OVERRIDE)
      .replace('operator: Equal', 'operator: Prefix')
      .replace('/etc/passwd\\0', '/etc/pass*');
    assert.deepEqual(
      modes(yaml).map(([denied]) => denied),
      [['TPG-708'], ['TPG-708']],
    );
  });
});

describe('a decision on memory that can change', () => {
  const plan = {
    path: '/spec/kprobes/0',
    hook: 'sys_symlinkat',
    host: 'node-1',
    mechanism: 'raw_tracepoint',
    guarantee: 'killed-after-effect',
    refused: false,
  } as const;
  const judged = (profile: string, racy: boolean, metadata?: string) =>
    openRuleset({ profile }).judge(
      submission(restrictSymlink(SIGKILL, metadata), { planned: [{ ...plan, racy }] }),
    );
  const severity = (verdict: Verdict) => verdict.findings.find((f) => f.rule === 'TPG-701')?.severity;
  const accepted = 'name: restrict-symlink\n  annotations: {tracegate.io/allow-racy: "true"}';

  it('is nothing where the hosts are free of races', () =>
    assert.equal(severity(judged('baseline', false)), undefined));
  it('is a warning where one is not', () => assert.equal(severity(judged('baseline', true)), 'warn'));
  it('is a remark with the annotation', () =>
    assert.equal(severity(judged('baseline', true, accepted)), 'info'));
  it('is a denial in strict', () => assert.equal(severity(judged('strict', true)), 'deny'));
  it('is a remark with the annotation in strict too', () =>
    assert.equal(severity(judged('strict', true, accepted)), 'info'));
});

describe('profiles', () => {
  it('choose the mode of process rules: off, warn, enforce', () => {
    const found = PROFILES.map(
      (profile) =>
        openRuleset({ profile })
          .judge(submission(TCP_CONNECT))
          .findings.find((f) => f.rule === 'TPG-101')?.severity,
    );
    assert.deepEqual(found, [undefined, 'warn', 'deny']);
  });

  it('are named in the report, whose numbers add up', () => {
    for (const profile of PROFILES) {
      const { rules } = openRuleset({ profile }).judge(submission(TCP_CONNECT));
      assert.equal(rules.profile, profile);
      assert.equal(rules.evaluated + rules.notApplicable, rules.total);
      assert.ok(rules.evaluated > 0 && rules.notApplicable > 0);
    }
  });

  it('change the digest of the rules, for another verdict may follow', () => {
    const digests = new Set(PROFILES.map((profile) => openRuleset({ profile }).digest));
    assert.equal(digests.size, PROFILES.length);
    assert.equal(openRuleset().digest, openRuleset().digest);
  });

  it('that do not exist are refused', () => {
    assert.throws(
      () => openRuleset({ profile: 'lax' }),
      (e: Fault) => e.code === 'config' && /baseline, standard, strict/.test(e.message),
    );
  });
});

describe('an organisation’s data', () => {
  const wrong = (data: unknown, because: RegExp) =>
    assert.throws(
      () => openRuleset({ data }),
      (e: unknown) => e instanceof Fault && e.code === 'config' && because.test(e.message),
    );
  const kill = submission(
    restrictSymlink(SIGKILL).replace(
      'matchArgs:',
      'matchBinaries: [{operator: In, values: [/opt/erp/server]}]\n      matchArgs:',
    ),
  );

  it('adds to the protected set', () => {
    assert.equal(baseline.judge(kill).allowed, true);
    const verdict = openRuleset({ data: { protected: { binaries: ['/opt/erp/server'] } } }).judge(kill);
    assert.deepEqual(denials(verdict), ['TPG-202']);
  });

  it('takes nothing from the protected set', () => {
    const verdict = openRuleset({ data: { protected: { binaries: [] } } }).judge(
      submission(
        restrictSymlink(SIGKILL).replace(
          'matchArgs:',
          'matchBinaries: [{operator: In, values: [/usr/bin/kubelet]}]\n      matchArgs:',
        ),
      ),
    );
    assert.deepEqual(denials(verdict), ['TPG-202']);
  });

  it('names other groups', () => {
    const subject = { user: 'ann', groups: ['example:sre'] };
    const own = openRuleset({ data: { groups: { platform: ['example:sre'] } } });
    assert.equal(own.judge(submission(TCP_CONNECT, { subject })).allowed, true);
    assert.equal(own.judge(submission(TCP_CONNECT)).allowed, false);
  });

  it('chooses another mode for a rule', () => {
    const own = openRuleset({ data: { rules: { 'TPG-401': { mode: 'enforce' } } } });
    assert.deepEqual(denials(own.judge(submission(TCP_CONNECT))), ['TPG-401']);
    assert.equal(own.modeOf('TPG-401'), 'enforce');
  });

  it('cannot switch self-protection off', () => {
    wrong({ rules: { 'TPG-301': { mode: 'off' } } }, /TPG-301\/mode: a rule of self-protection/);
  });

  it('is refused with a key, a rule or a mode that does not exist', () => {
    wrong({ proteced: {} }, /proteced/);
    wrong({ protected: { binaries: ['kubelet'] } }, /\/protected\/binaries\/0/);
    wrong({ rules: { 'TPG-999': { mode: 'off' } } }, /no such rule/);
    wrong({ rules: { 'TPG-401': { mode: 'strict' } } }, /enforce, warn, info, off/);
    wrong({ exceptions: [{ rule: 'TPG-401', reason: 'of nobody' }] }, /exceptions/);
    wrong([], /object/);
  });

  it('with a prototype in it changes nobody’s', () => {
    wrong(JSON.parse('{"__proto__": {"polluted": true}}'), /__proto__/);
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  });
});

describe('guards', () => {
  const guard = restrictSymlink(OVERRIDE, 'name: guard-links');
  const deletion = (change: Partial<JudgeInput>) =>
    baseline.judge(submission(guard, { operation: 'delete', ...change }));

  it('are deleted by the platform only, with a reason', () => {
    assert.deepEqual(denials(deletion({ subject: ENFORCER, reason: 'x' })).includes('TPG-801'), true);
    assert.deepEqual(denials(deletion({})), ['TPG-801']);
    assert.deepEqual(denials(deletion({ reason: '  ' })), ['TPG-801']);
    const verdict = deletion({ reason: 'replaced by guard-paths' });
    assert.deepEqual([verdict.allowed, warnings(verdict)], [true, ['TPG-801']]);
  });

  it('are weakened with a reason and a warning only', () => {
    const old = submission(guard).policy;
    const weaker = submission(restrictSymlink('action: Post', 'name: guard-links'), {
      operation: 'update',
      oldPolicy: old,
    });
    assert.deepEqual(denials(baseline.judge(weaker)), ['TPG-303']);
    const told = baseline.judge({ ...weaker, reason: 'false alarms' });
    assert.deepEqual([told.allowed, warnings(told)], [true, ['TPG-303']]);
  });
});

describe('the largest policy that the language allows', () => {
  const { hooks, args, selectors, hookMatches, hookStrings, hookWords } = POLICY_LIMITS;
  const matches = Math.min(POLICY_LIMITS.matches, Math.floor(hookMatches / selectors));
  const values = Math.floor(hookStrings / (selectors * matches));
  const pathBytes = Math.floor(hookWords / hookStrings) * 8 - 1;
  const many = <T>(count: number, make: (index: number) => T): T[] =>
    Array.from({ length: count }, (_, index) => make(index));
  const paths = many(
    values,
    (index) => `/data/${String(index).padStart(pathBytes - '/data//'.length, 'x')}/`,
  );
  const policyOf = (action: object) => ({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'largest' },
    spec: {
      kprobes: many(hooks, () => ({
        call: 'security_file_open',
        syscall: false,
        args: many(args, (index) => ({ index, type: 'file' })),
        selectors: many(selectors, () => ({
          matchArgs: many(matches, (index) => ({ index, operator: 'Prefix', values: paths })),
          matchActions: [action],
        })),
      })),
    },
  });
  for (const action of [{ action: 'Post' }, { action: 'Override', argError: -1 }]) {
    it(`is judged within the limits: ${action.action}`, () => {
      const document = JSON.stringify(policyOf(action));
      assert.ok(document.length > 400_000);
      assert.equal(baseline.judge(submission(document)).allowed, true);
    });
  }
});
