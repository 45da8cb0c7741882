// SPDX-License-Identifier: Apache-2.0
/** Whose processes a policy and its selectors are about, as its programs decide it: before all other filters. */
import { type NormalHook, type NormalPolicy, type NormalSelector, strikes } from '../model/normal-policy.ts';
import { type SomeWorkloads, scopeKey, type Workloads } from '../model/workloads.ts';
import type { HookConfig, SelectorConfig, WhoseConfig } from './hook-config.ts';
import { TG_WORKLOAD } from './layout.generated.ts';
import type { HookPlan, Plan } from './plan.ts';

function whoseConfig(workloads: Workloads): WhoseConfig {
  if (workloads === 'host') return { workload: TG_WORKLOAD.TG_W_HOST };
  if (workloads === 'containers') return { workload: TG_WORKLOAD.TG_W_CONTAINERS };
  const workload = workloads.host ? TG_WORKLOAD.TG_W_HOST_AND_SCOPE : TG_WORKLOAD.TG_W_SCOPE;
  return { workload, scope: workloads };
}

const acts = (selector: NormalSelector) => [...selector.actions, ...selector.returnActions].some(strikes);

/**
 * Whoever cannot be placed falls into what strikes, never into an exception from it: a selector that does nothing takes
 * them in only where no selector of the hook does anything, and one that does not deny only where none behind it does.
 */
function selectorWhose(
  hook: NormalHook,
  config: SelectorConfig,
  behind: readonly SelectorConfig[],
): Pick<SelectorConfig, 'whose' | 'doubtful'> {
  const selector = hook.selectors[config.index];
  if (selector?.matchWorkloads === undefined) return {};
  const strongest = config.error !== 0 || behind.every(({ error }) => error === 0);
  const doubtful = acts(selector) ? strongest : !hook.selectors.some(acts);
  return { whose: whoseConfig(selector.matchWorkloads), doubtful };
}

/** A hook's configuration with whom its policy and its selectors are about. */
export function configWhose(config: HookConfig, hook: NormalHook, policy: Whom): HookConfig {
  const workloads = ofPolicy(policy);
  return {
    ...config,
    ...(workloads !== undefined && { whose: whoseConfig(workloads) }),
    selectors: config.selectors.map((selector, i, all) => ({
      ...selector,
      ...selectorWhose(hook, selector, all.slice(i + 1)),
    })),
  };
}

/** Whatever else a program decides by comes behind whose process it is. */
export function withWhose(plan: HookPlan, policy: NormalPolicy): HookPlan {
  const workloads = ofPolicy(policy);
  if (workloads === undefined && plan.hook.selectors.every((s) => s.matchWorkloads === undefined))
    return plan;
  const programs = plan.programs.map((p) => ({ ...p, config: configWhose(p.config, plan.hook, policy) }));
  return { ...plan, programs };
}

type Whom = Pick<NormalPolicy, 'namespace' | 'workloads' | 'hooks'>;

/** One of a namespace is about the pods there, whatever else it leaves unsaid. */
const ofPolicy = ({ namespace, workloads }: Whom): Workloads | undefined =>
  workloads ?? (namespace === undefined ? undefined : { namespace });

/** All that a policy says of whose processes it and its selectors are about. */
function workloadsOf(policy: Whom): Workloads[] {
  const own = policy.hooks.flatMap((hook) => hook.selectors.map((s) => s.matchWorkloads));
  return [ofPolicy(policy), ...own].filter((one) => one !== undefined);
}

/** It can only be decided where somebody knows which pod a container is of. */
export function needsPods(policy: Whom): boolean {
  return workloadsOf(policy).some((workloads) => typeof workloads === 'object');
}

/** The scopes of a plan, each once. */
export function scopesOf({ policy }: Pick<Plan, 'policy'>): SomeWorkloads[] {
  const some = workloadsOf(policy).filter((one): one is SomeWorkloads => typeof one === 'object');
  return [...new Map(some.map((one) => [scopeKey(one), one])).values()];
}

/** The fields of the configuration. Throws where a scope has got no number. */
export function whoseFields(config: HookConfig, scopes: ReadonlyMap<string, number> = new Map()) {
  const { whose, selectors } = config;
  const bits = (is: (selector: SelectorConfig) => boolean | undefined) =>
    selectors.reduce((mask, selector, i) => mask | (is(selector) ? 1 << i : 0), 0);
  const scoped = [whose, ...selectors.map((s) => s.whose)].some((one) => one?.scope);
  return {
    ...whoseField(whose, scopes),
    whose: bits((s) => s.whose !== undefined) | (whose ? POLICY_BIT : 0),
    doubtful: bits((s) => s.doubtful),
    has_scopes: Number(scoped),
  };
}

/** As in bpf/include/workload.h: behind the selectors'. */
const POLICY_BIT = 1 << 5;

export function whoseField(whose: WhoseConfig | undefined, scopes: ReadonlyMap<string, number> = new Map()) {
  const number = whose?.scope && scopes.get(scopeKey(whose.scope));
  if (whose?.scope && number === undefined) throw new Error('a scope without a number');
  return { workload: whose?.workload ?? TG_WORKLOAD.TG_W_ANY, scope: number ?? 0 };
}
