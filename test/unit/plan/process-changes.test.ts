// SPDX-License-Identifier: Apache-2.0
/** Filters on what a process has changed: the document, what a host needs for them, and what the matcher lets through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import type { HookConfig } from '../../../src/plan/hook-config.ts';
import { STRUCTS, TG_CAPSET, TG_NAMESPACE } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { factsOf, type Kernel, FULL as WITHOUT_STORAGE } from './host-facts.ts';

const FULL: Kernel = { has: [...WITHOUT_STORAGE.has, 'task_storage'] };

const taken = (...selectors: object[]) =>
  intakeObject(smallPolicy({ spec: { kprobes: [{ call: 'tcp_connect', syscall: false, selectors }] } }));
function normalOf(...selectors: object[]): NormalPolicy {
  const { valid, ...rest } = taken(...selectors);
  assert.ok(valid, JSON.stringify(rest.findings));
  return (rest as unknown as { normal: NormalPolicy }).normal;
}
const planned = (...selectors: object[]) => makePlan(normalOf(...selectors), factsOf(FULL)).hooks[0];
const configOf = (...selectors: object[]) => planned(...selectors)?.programs.at(-1)?.config as HookConfig;
const moved = (operator: string, ...values: string[]) => ({ matchNamespaceChanges: [{ operator, values }] });
const changed = (operator: string, values: string[], more: object = {}) => ({
  matchCapabilityChanges: [{ operator, values, ...more }],
});

const { TG_NS_NET, TG_NS_UTS } = TG_NAMESPACE;
const BEGUN = {
  namespaces: new Map<number, bigint>([
    [TG_NS_NET, 7n],
    [TG_NS_UTS, 8n],
  ]),
  capabilities: new Map<number, bigint>([[TG_CAPSET.TG_CAP_EFFECTIVE, 6n]]),
};
type Held = typeof BEGUN;
const picks = (selector: object, now: Partial<Held>) => {
  const process = { ...BEGUN, ...now, userNamespaceLevel: 0, begun: BEGUN };
  return selectFirst(configOf(selector), { values: [], pathLike: [], pids: [1], process }) !== undefined;
};
const inNamespaces = (net: bigint, uts: bigint): Partial<Held> => ({
  namespaces: new Map([
    [TG_NS_NET, net],
    [TG_NS_UTS, uts],
  ]),
});
const holding = (mask: bigint): Partial<Held> => ({
  capabilities: new Map([[TG_CAPSET.TG_CAP_EFFECTIVE, mask]]),
});

describe('matchNamespaceChanges', () => {
  it('takes kinds in any case, and no others', () => {
    const [match] = normalOf(moved('In', 'net', 'PIDFORCHILDREN')).hooks[0]?.selectors[0]
      ?.matchNamespaceChanges ?? [undefined];
    assert.deepEqual(match?.values, ['Net', 'PidForChildren']);
    const said = taken(moved('In', 'Nett')).findings.map((f) => `${f.path} ${f.message} ${f.fix}`);
    assert.match(said.join(), /matchNamespaceChanges\/0\/values\/0 "Nett" is no kind of namespace.*Net/);
    assert.match(String(taken(moved('In')).findings[0]?.message), /the filter has no values/);
  });

  it('In means one of these, NotIn one of the others', () => {
    const states = [inNamespaces(7n, 8n), inNamespaces(9n, 8n), inNamespaces(7n, 9n), inNamespaces(0n, 8n)];
    const of = (...filter: [string, ...string[]]) => states.map((now) => picks(moved(...filter), now));
    assert.deepEqual(of('In', 'Net'), [false, true, false, false]);
    assert.deepEqual(of('In', 'Net', 'Uts'), [false, true, true, false]);
    assert.deepEqual(of('NotIn', 'Net'), [false, false, true, false]);
  });

  it('matches no process of which it is not known what it was', () => {
    for (const operator of ['In', 'NotIn']) {
      const config = configOf(moved(operator, 'Net'));
      const process = { ...BEGUN, ...inNamespaces(1n, 1n), userNamespaceLevel: 0 };
      assert.equal(selectFirst(config, { values: [], pathLike: [], pids: [1], process }), undefined);
    }
  });
});

describe('matchCapabilityChanges', () => {
  it('In means one of these came or went, NotIn others and none of these', () => {
    const states = [6n, 2n, 4n, 0n, 14n].map(holding);
    const of = (operator: string) =>
      states.map((now) => picks(changed(operator, ['CAP_DAC_READ_SEARCH']), now));
    assert.deepEqual(of('In'), [false, true, false, true, false]);
    assert.deepEqual(of('NotIn'), [false, false, true, false, true]);
    assert.equal(picks(changed('In', ['CAP_DAC_READ_SEARCH'], { type: 'Permitted' }), holding(2n)), false);
  });
});

describe('a hook that asks what a process began with', () => {
  const asking = moved('In', 'Net');
  it('brings the programs on fork and exec along, before its own', () => {
    assert.deepEqual(
      planned(asking)?.programs.map(({ template, target }) => [template, target]),
      [
        ['kin_fork', 'wake_up_new_task'],
        ['kin_exec', 'sched_process_exec'],
        ['fentry', 'tcp_connect'],
      ],
    );
    assert.deepEqual(symbolsOf(normalOf(asking)).functions, ['tcp_connect', 'wake_up_new_task']);
    assert.deepEqual(symbolsOf(normalOf({})).functions, ['tcp_connect']);
    assert.equal(planned({})?.programs.length, 1);
  });

  it('is refused where that cannot be kept', () => {
    const [hook] = makePlan(normalOf(asking), factsOf(WITHOUT_STORAGE)).hooks;
    assert.match(hook?.refused ?? '', /what a process began with cannot be kept: .* task_storage/);
    assert.deepEqual(hook?.programs, []);
    const facts = factsOf({ ...FULL, without: ['wake_up_new_task'] });
    const [other] = makePlan(normalOf(asking), facts).hooks;
    assert.match(other?.refused ?? '', /has no function wake_up_new_task/);
  });

  it('tells a change once where it only tells, and acts each time where it acts', () => {
    const once = (...selectors: object[]) => {
      const bytes = encodeHookConfig(configOf(...selectors), { hookId: 1, policySlot: 1, generation: 1 });
      return bytes.readUInt8(STRUCTS.tg_hook_config.fields.tells_once.offset);
    };
    const kills = { matchActions: [{ action: 'Sigkill' }] };
    assert.deepEqual(
      [once(asking), once({}), once({ ...asking, ...kills }), once(asking, kills)],
      [1, 0, 0, 0],
    );
  });

  it('is said in plain words', () => {
    const words = (selector: object) =>
      effectsOf(
        normalOf({ ...selector, matchActions: [{ action: 'Sigkill' }] }),
      ).hooks[0]?.consequences.join();
    assert.match(
      words(moved('In', 'Mnt', 'User')) ?? '',
      /a process whose mount or user namespace is not the one it began with that makes/,
    );
    assert.match(
      words(moved('NotIn', 'Net')) ?? '',
      /whose namespace of another kind than network is not the one it began with/,
    );
    assert.match(
      words(changed('NotIn', ['CAP_BPF'], { isNamespaceCapability: true })) ?? '',
      /that has gained or lost other capabilities than CAP_BPF \(effective\) since it began in a user namespace of its own/,
    );
  });
});
