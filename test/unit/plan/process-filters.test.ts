// SPDX-License-Identifier: Apache-2.0
/** Filters on the process: what the document says of them, what a host makes of it, and what the matcher lets through. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { effectsOf } from '../../../src/effects/index.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import type { HookConfig } from '../../../src/plan/hook-config.ts';
import { STRUCTS, TG_CAPSET, TG_NAMESPACE } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { type ObservedProcess, selectFirst } from '../../../src/plan/matcher.ts';
import { smallPolicy } from '../../fixtures/policies.ts';
import { FULL, factsOf } from './host-facts.ts';

const taken = (selector: object) =>
  intakeObject(
    smallPolicy({ spec: { kprobes: [{ call: 'tcp_connect', syscall: false, selectors: [selector] }] } }),
  );
function normalOf(selector: object): NormalPolicy {
  const { valid, ...rest } = taken(selector);
  assert.ok(valid, JSON.stringify(rest.findings));
  return (rest as unknown as { normal: NormalPolicy }).normal;
}
const refused = (selector: object) =>
  taken(selector)
    .findings.map((f) => `${f.path} ${f.message}`)
    .join('\n');
const HOST = { Pid: 4026531836, Uts: 4026531838 } as const;
const facts = (hostNamespaces: object = HOST) => ({ ...factsOf(FULL), hostNamespaces });
const planned = (selector: object, hostNamespaces: object = HOST) =>
  makePlan(normalOf(selector), facts(hostNamespaces)).hooks[0];

const process = (parts: Partial<ObservedProcess>): ObservedProcess => ({
  ...{ namespaces: new Map(), capabilities: new Map(), userNamespaceLevel: 0 },
  ...parts,
});
function picks(selector: object, observed: ObservedProcess | undefined): boolean {
  const config = planned(selector)?.programs[0]?.config as HookConfig;
  const call = { values: [], pathLike: [], pids: [1], ...(observed && { process: observed }) };
  return selectFirst(config, call) !== undefined;
}
const namespaces = (operator: string, values: string[], namespace = 'Pid') => ({
  matchNamespaces: [{ namespace, operator, values }],
});
const capabilities = (operator: string, values: string[], more: object = {}) => ({
  matchCapabilities: [{ operator, values, ...more }],
});

describe('matchNamespaces', () => {
  it('takes numbers in any base, and host_ns', () => {
    const [match] = normalOf(namespaces('In', ['0xf0000000', 'host_ns'])).hooks[0]?.selectors[0]
      ?.matchNamespaces ?? [undefined];
    assert.deepEqual(match?.values, ['4026531840', 'host_ns']);
  });

  it('is refused with values that are no namespace, and with too many entries', () => {
    assert.match(refused(namespaces('In', ['host'])), /matchNamespaces\/0\/values\/0 "host" is no namespace/);
    assert.match(refused(namespaces('In', ['4294967296'])), /is no namespace/);
    assert.match(refused(namespaces('In', ['0'])), /is no namespace/);
    assert.match(refused(namespaces('In', [])), /the filter has no values/);
    const many = Array.from({ length: 6 }, () => namespaces('In', ['1']).matchNamespaces[0]);
    assert.match(refused({ matchNamespaces: many }), /there are 6 filters/);
  });

  it("compares with the host's own, and a host that cannot tell it is refused", () => {
    const of = (inode: bigint) => process({ namespaces: new Map([[TG_NAMESPACE.TG_NS_PID, inode]]) });
    const container = of(4026532000n);
    const host = of(BigInt(HOST.Pid));
    assert.deepEqual(
      ['In', 'NotIn'].map((op) => [host, container].map((p) => picks(namespaces(op, ['host_ns']), p))),
      [
        [true, false],
        [false, true],
      ],
    );
    assert.equal(picks(namespaces('NotIn', ['host_ns']), undefined), false);
    assert.equal(picks(namespaces('NotIn', ['host_ns']), of(0n)), false);
    const other = planned(namespaces('In', ['host_ns'], 'Net'));
    assert.match(other?.refused ?? '', /could not be told which namespace host_ns is on h \(Net\)/);
    assert.deepEqual(other?.programs, []);
  });

  it('keeps the policy’s own words in the plan', () => {
    const plan = planned(namespaces('In', ['host_ns']));
    assert.deepEqual(plan?.hook.selectors[0]?.matchNamespaces?.[0]?.values, ['host_ns']);
  });
});

describe('matchCapabilities', () => {
  it('takes names in any case, Effective where it names no set', () => {
    const [match] = normalOf(capabilities('In', [' cap_bpf', 'CAP_SYS_ADMIN'])).hooks[0]?.selectors[0]
      ?.matchCapabilities ?? [undefined];
    assert.deepEqual([match?.type, match?.values], ['Effective', ['CAP_BPF', 'CAP_SYS_ADMIN']]);
  });

  it('is refused with names that are none', () => {
    const said = taken(capabilities('In', ['CAP_SYS_ADMN'])).findings[0];
    assert.match(said?.message ?? '', /"CAP_SYS_ADMN" is no capability/);
    assert.match(said?.fix ?? '', /CAP_SYS_ADMIN/);
  });

  it('In takes any of them, NotIn none of them', () => {
    const of = (mask: bigint) => process({ capabilities: new Map([[TG_CAPSET.TG_CAP_EFFECTIVE, mask]]) });
    const masks = [0n, 1n, 1n << 21n, 1n << 39n].map(of);
    const both = ['CAP_SYS_ADMIN', 'CAP_BPF'];
    assert.deepEqual(
      masks.map((p) => picks(capabilities('In', both), p)),
      [false, false, true, true],
    );
    assert.deepEqual(
      masks.map((p) => picks(capabilities('NotIn', both), p)),
      [true, true, false, false],
    );
    assert.equal(picks(capabilities('NotIn', both, { type: 'Permitted' }), masks[0]), false);
  });

  it('isNamespaceCapability leaves out the initial user namespace', () => {
    const held = new Map([[TG_CAPSET.TG_CAP_EFFECTIVE, 1n << 21n]]);
    const filter = capabilities('In', ['CAP_SYS_ADMIN'], { isNamespaceCapability: true });
    const levels = [0, 1].map((userNamespaceLevel) => process({ capabilities: held, userNamespaceLevel }));
    assert.deepEqual(
      levels.map((p) => picks(filter, p)),
      [false, true],
    );
  });
});

describe('both', () => {
  const both = { ...namespaces('NotIn', ['host_ns', '7']), ...capabilities('In', ['CAP_BPF']) };

  it('lie in the bytes of a configuration one behind the other', () => {
    const config = planned(both)?.programs[0]?.config as HookConfig;
    const bytes = encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1 });
    const { process: at, numbers, selectors } = STRUCTS.tg_hook_config.fields;
    const field = (i: number, name: 'kind' | 'which' | 'negated' | 'count' | 'first') => {
      const f = STRUCTS.tg_process_match.fields[name];
      return bytes.readUIntLE(at.offset + i * at.size + f.offset, f.size);
    };
    const { process_first, process_count } = STRUCTS.tg_selector.fields;
    const ofSelector = [process_first, process_count].map((f) =>
      bytes.readUInt8(selectors.offset + f.offset),
    );
    assert.deepEqual(ofSelector, [0, 2]);
    assert.deepEqual(
      [field(0, 'kind'), field(0, 'which'), field(0, 'negated'), field(0, 'count')],
      [0, 3, 1, 2],
    );
    assert.deepEqual([field(1, 'kind'), field(1, 'which'), field(1, 'first')], [1, 1, 2]);
    const number = (i: number) => bytes.readBigUInt64LE(numbers.offset + 8 * i);
    assert.deepEqual([number(0), number(1), number(2)], [BigInt(HOST.Pid), 7n, 1n << 39n]);
  });

  it('are said in plain words', () => {
    const selector = { ...both, matchActions: [{ action: 'Sigkill' }] };
    assert.deepEqual(effectsOf(normalOf(selector)).hooks[0]?.consequences, [
      "a process in another pid namespace than the host's or number 7 and holding CAP_BPF (effective) that makes the kernel run tcp_connect is killed",
    ]);
  });
});
