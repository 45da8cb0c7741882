// SPDX-License-Identifier: Apache-2.0
/** The shipped rules, turned into what the kernel decides by. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ASKED_MAX,
  DEFAULT_RULE,
  forbidden,
  type Judged,
  RuleNumbers,
  verdictsOn,
} from '../../../../src/agent/bpf-gate/verdicts.ts';
import { openRuleset } from '../../../../src/guardrails/index.ts';
import { PROGRAM_TYPES } from '../../../../src/model/bpf-gate.ts';
import { TG_GATE_ASKED, TG_GATE_PLACE } from '../../../../src/plan/layout.generated.ts';

const LOADERS = [
  { path: '/usr/sbin/xdp-tool', types: ['xdp'] },
  { path: '/usr/sbin/pod-tool', places: ['container'], types: ['kprobe'], may: ['internals', 'override'] },
  { path: '/usr/bin/python3.11', types: ['kprobe'] },
];
const { TG_GP_HOST, TG_GP_CONTAINER, TG_GP_USER_NS } = TG_GATE_PLACE;
const TIME = '2026-01-01T00:00:00Z';
const ruleset = openRuleset({ data: { bpf: { loaders: LOADERS } } });

/** Of one case: which rule forbids what, by the words for it. */
function ruled(
  loader: Partial<Judged> | undefined,
  { place = TG_GP_HOST as number, otherUser = false } = {},
) {
  const numbers = new RuleNumbers();
  const judged = loader && { path: '', digest: 'sha256:aa', learned: [], ...loader };
  const cases = verdictsOn(judged, { ruleset, numbers, time: TIME });
  const found = cases.find((one) => one.place === place && one.otherUser === otherUser);
  assert.ok(found);
  const rule = (at: number) => (found.rules[at] === 0 ? undefined : numbers.idOf(found.rules[at] as number));
  return {
    type: (name: (typeof PROGRAM_TYPES)[number]) => rule(PROGRAM_TYPES.indexOf(name)),
    asked: rule,
    message: (name: (typeof PROGRAM_TYPES)[number]) => found.messages.get(PROGRAM_TYPES.indexOf(name)),
  };
}

describe('verdicts on loads of BPF programs', () => {
  it('forbid everything to whoever is not known, types of newer kernels too', () => {
    const nobody = ruled(undefined);
    for (const type of PROGRAM_TYPES) assert.equal(nobody.type(type), 'BPG-901', type);
    for (let at = PROGRAM_TYPES.length; at <= TG_GATE_ASKED.TG_GA_LAST_TYPE; at++)
      assert.equal(nobody.asked(at), 'BPG-901', String(at));
    assert.equal(nobody.asked(TG_GATE_ASKED.TG_GA_PIN), 'BPG-901');
    assert.match(String(nobody.message('xdp')), /nobody knows/);
  });

  it('let a listed loader do what its entry says, on the host, as root', () => {
    const tool = { path: '/usr/sbin/xdp-tool' };
    assert.equal(ruled(tool).type('xdp'), undefined);
    assert.equal(ruled(tool).type('kprobe'), 'BPG-901');
    assert.equal(ruled(tool).asked(TG_GATE_ASKED.TG_GA_GUARD_TARGET), 'BPG-903');
    assert.equal(ruled(tool).asked(TG_GATE_ASKED.TG_GA_OUR_NAME), 'BPG-907');
    assert.equal(ruled(tool, { otherUser: true }).type('xdp'), 'BPG-902');
    assert.equal(ruled(tool, { place: TG_GP_CONTAINER }).type('xdp'), 'BPG-902');
    assert.equal(ruled(tool, { place: TG_GP_USER_NS }).type('xdp'), 'BPG-902');
  });

  it('let one into a container and at the kernel’s checks where its entry says that', () => {
    const tool = ruled({ path: '/usr/sbin/pod-tool' }, { place: TG_GP_CONTAINER });
    assert.equal(tool.type('kprobe'), undefined);
    assert.equal(tool.asked(TG_GATE_ASKED.TG_GA_GUARD_TARGET), undefined);
    assert.equal(tool.asked(TG_GATE_ASKED.TG_GA_OVERRIDING), undefined);
    assert.equal(tool.asked(TG_GATE_ASKED.TG_GA_HIDING_TARGET), 'BPG-905');
  });

  it('let in what the baseline accepted, and the host’s runtime; never an interpreter', () => {
    assert.equal(ruled({ path: '/opt/x', learned: ['perf_event'] }).type('perf_event'), undefined);
    assert.equal(ruled({ path: '/opt/x', learned: ['perf_event'] }).type('xdp'), 'BPG-901');
    assert.equal(ruled({ path: '/usr/bin/runc' }).type('cgroup_device'), undefined);
    assert.equal(ruled({ path: '/usr/bin/runc' }).type('kprobe'), 'BPG-901');
    assert.equal(ruled({ path: '/usr/bin/python3.11' }).type('kprobe'), 'BPG-913');
    assert.equal(ruled({ path: '/opt/python3', learned: ['kprobe'] }).type('kprobe'), 'BPG-913');
  });

  it('follow the mode that the organisation gives a rule', () => {
    const softer = openRuleset({
      data: { bpf: { loaders: LOADERS }, rules: { 'BPG-901': { mode: 'warn' }, 'BPG-906': { mode: 'off' } } },
    });
    const [host] = verdictsOn(undefined, { ruleset: softer, numbers: new RuleNumbers(), time: TIME });
    assert.equal(host?.rules[PROGRAM_TYPES.indexOf('kprobe')], 0);
  });

  it('forbid everything where nothing could be judged', () => {
    const cases = forbidden();
    assert.equal(cases.length, 6);
    for (const { rules } of cases) assert.deepEqual([...rules], new Array(ASKED_MAX).fill(DEFAULT_RULE));
  });
});
