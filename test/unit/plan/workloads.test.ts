// SPDX-License-Identifier: Apache-2.0
/** Whose processes a policy is about is put into all of its programs, and decided before anything else. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { NormalSelector } from '../../../src/model/normal-policy.ts';
import { type SomeWorkloads, scopeKey, type Workloads } from '../../../src/model/workloads.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS, TG_WORKLOAD } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { FULL, factsOf, policyOf } from './host-facts.ts';

const POLICY = policyOf({
  call: 'sys_symlink',
  syscall: true,
  action: { action: 'Override', argError: -1 },
});

function planWith(workloads: Workloads | undefined, selectors?: NormalSelector[], node = true) {
  const hooks = POLICY.hooks.map((hook) => ({ ...hook, ...(selectors && { selectors }) }));
  const prototype = { params: [], returns: 'int', btfId: 7 };
  const names = ['do_symlinkat', 'bpf_lsm_path_symlink', 'security_path_symlink'];
  const functions = Object.fromEntries(names.map((name) => [name, prototype]));
  const facts = { ...factsOf(FULL), functions, ...(node && { node: { name: 'n' } }) };
  return makePlan({ ...POLICY, hooks, ...(workloads && { workloads }) }, facts);
}

function configs(workloads?: Workloads, selectors?: NormalSelector[]) {
  const { hooks } = planWith(workloads, selectors);
  return hooks.flatMap((hook) => hook.programs.map(({ config }) => config));
}

it('is in the configuration of each program', () => {
  const at = STRUCTS.tg_hook_config.fields.workload.offset;
  const written = (workloads?: 'host' | 'containers') =>
    configs(workloads).map((config) =>
      encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1 }).readUInt8(at),
    );
  assert.deepEqual(written(), [0, 0]);
  assert.deepEqual(written('host'), [TG_WORKLOAD.TG_W_HOST, TG_WORKLOAD.TG_W_HOST]);
  assert.deepEqual(written('containers'), [TG_WORKLOAD.TG_W_CONTAINERS, TG_WORKLOAD.TG_W_CONTAINERS]);
});

it('decides first, and takes in what cannot be told', () => {
  const [host] = configs('host');
  const [containers] = configs('containers');
  const [all] = configs();
  assert.ok(host && containers && all);
  const call = { values: [], pathLike: [], pids: [1] };
  const seen = [true, false, undefined].map((inContainer) =>
    [host, containers, all].map((config) => {
      const made = inContainer === undefined ? call : { ...call, inContainer };
      return selectFirst(config, made) !== undefined;
    }),
  );
  assert.deepEqual(seen, [
    [false, true, true],
    [true, false, true],
    [true, true, true],
  ]);
});

const WEB: SomeWorkloads = { pods: [{ key: 'app', operator: 'In', values: ['web'] }] };
const DB: SomeWorkloads = { pods: [{ key: 'app', operator: 'In', values: ['db'] }] };
const [STRIKES] = POLICY.hooks.flatMap((hook) => hook.selectors) as [NormalSelector];
const WATCHES: NormalSelector = { ...STRIKES, actions: [{ path: '', action: 'Post', kills: false }] };
const of = (selector: NormalSelector, matchWorkloads: Workloads) => ({ ...selector, matchWorkloads });

it('has the number of its scope in each program, whether the host is meant as well or not', () => {
  const { workload, scope, has_scopes, whose } = STRUCTS.tg_hook_config.fields;
  const scopes = new Map([[scopeKey(WEB), 7]]);
  const written = (workloads: Workloads) =>
    configs(workloads).map((config) => {
      const bytes = encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1, scopes });
      return [
        bytes.readUInt8(workload.offset),
        bytes.readUInt16LE(scope.offset),
        bytes.readUInt8(has_scopes.offset),
        bytes.readUInt8(whose.offset),
      ];
    });
  assert.deepEqual(written(WEB)[0], [TG_WORKLOAD.TG_W_SCOPE, 7, 1, 32]);
  assert.deepEqual(written({ ...WEB, host: true })[1], [TG_WORKLOAD.TG_W_HOST_AND_SCOPE, 7, 1, 32]);
  assert.throws(() => written(DB), /a scope without a number/);
});

it('is refused by a host that follows no cluster, with the reason', () => {
  const reason = (workloads?: Workloads, selectors?: NormalSelector[]) =>
    planWith(workloads, selectors, false).hooks[0]?.refused ?? '';
  assert.match(reason(WEB), /about certain pods or containers, and h cannot tell .*kubernetes\.node/);
  assert.match(reason(undefined, [of(WATCHES, WEB)]), /about certain pods/);
  assert.equal(reason('host'), '');
});

function selected(selectors: NormalSelector[], scopes: [SomeWorkloads, 'in' | 'out' | 'unknown'][]) {
  const [config] = configs(undefined, selectors);
  assert.ok(config);
  const call = { values: [], pathLike: [], pids: [1], inContainer: true };
  return selectFirst(config, {
    ...call,
    scopes: new Map(scopes.map(([scope, member]) => [scopeKey(scope), member])),
  })?.index;
}

it('puts whom nobody can place into what strikes, and into no exception', () => {
  const exception = [of(WATCHES, WEB), STRIKES];
  assert.equal(selected(exception, [[WEB, 'in']]), 0);
  assert.equal(selected(exception, [[WEB, 'out']]), 1);
  assert.equal(selected(exception, [[WEB, 'unknown']]), 1);
  const both = [of(STRIKES, WEB), of(WATCHES, DB)];
  assert.equal(selected(both, [[WEB, 'unknown']]), 0);
  assert.equal(selected(both, [[WEB, 'out']]), undefined);
  assert.equal(selected([of(WATCHES, DB)], []), 0);
});
