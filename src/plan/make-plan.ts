// SPDX-License-Identifier: Apache-2.0
import type { HostFacts } from '../model/facts.ts';
import type { PlannedHook } from '../model/judge.ts';
import type { HookType, NormalHook, NormalPolicy } from '../model/normal-policy.ts';
import { withTypes } from './derived-types.ts';
import { refusal } from './hook-programs.ts';
import { kinPrograms } from './kin.ts';
import { withCallNumbers } from './listed-calls.ts';
import { ALLOW_RACY, basisOf, type HookPlan, type Plan } from './plan.ts';
import { planFunction } from './plan-function.ts';
import { planLoader } from './plan-loader.ts';
import { planLsm } from './plan-lsm.ts';
import { planSyscall } from './plan-syscall.ts';
import { planRawTracepoint, planTracepoint } from './plan-tracepoint.ts';
import { planUprobe } from './plan-uprobe.ts';
import { planUsdt } from './plan-usdt.ts';
import { preemptible, withOneWalk } from './preemption.ts';
import { onThisHost } from './process-filters.ts';
import { withRoutes } from './routes.ts';
import { needsPods, withWhose } from './whose.ts';

const PLANNERS: Record<HookType, (hook: NormalHook, facts: HostFacts) => HookPlan> = {
  kprobe: (hook, facts) => (hook.syscall ? planSyscall(hook, facts) : planFunction(hook, facts)),
  tracepoint: planTracepoint,
  'raw-tracepoint': planRawTracepoint,
  lsm: planLsm,
  uprobe: planUprobe,
  usdt: planUsdt,
  loader: planLoader,
};

function withoutConsent(plan: HookPlan): HookPlan {
  const race =
    plan.race ?? 'would be decided on memory that another thread can change while the kernel looks';
  const refused =
    `${plan.hook.call} ${race} (${plan.mechanism}): ` +
    `annotate the policy with ${ALLOW_RACY}: "true" to accept that, or write it on a security_* function`;
  return { ...plan, programs: [], refused };
}

/** Why this host cannot tell whom the policy is for; undefined: it can. */
function unplaceable(policy: NormalPolicy, { host, node }: HostFacts): string | undefined {
  if (node) return undefined;
  if (needsPods(policy)) {
    const what =
      policy.namespace === undefined
        ? 'the policy is about certain pods or containers'
        : `the policy is of the namespace ${policy.namespace}`;
    return (
      `${what}, and ${host} cannot tell whose a process is: its agent follows no cluster (kubernetes.node). ` +
      'Where it is not about pods, use a TracingPolicy narrowed by matchBinaries or matchNamespaces'
    );
  }
  if (policy.nodes === undefined) return undefined;
  return `the policy has a nodeSelector, and ${host} has no labels: its agent follows no cluster (kubernetes.node)`;
}

/** The hook with what its policy names put as this host has it, or why that cannot be. */
export function hookOnHost(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  let resolved: NormalHook = hook;
  for (const step of [onThisHost, withCallNumbers, withRoutes, withTypes]) {
    const next = step(resolved, facts);
    if ('reason' in next) return next;
    resolved = next;
  }
  return resolved;
}

function planHook(hook: NormalHook, facts: HostFacts, unfit: string | undefined): HookPlan {
  if (unfit !== undefined) return refusal(hook, 'none', unfit);
  const resolved = hookOnHost(hook, facts);
  if ('reason' in resolved) return refusal(hook, 'none', resolved.reason);
  const kin = kinPrograms(hook, facts);
  if ('reason' in kin) return refusal(hook, 'none', kin.reason);
  const plan = PLANNERS[hook.type](resolved, facts);
  // before all others: what a process began with is kept from the first call on that is looked at
  return { ...plan, hook, programs: plan.refused === undefined ? [...kin, ...plan.programs] : [] };
}

/** How much the policy's hooks tell. */
function withFloodBounds(plan: HookPlan, { throttle, aggregateMs }: NormalPolicy): HookPlan {
  const common = { ...(throttle && { throttle }), ...(aggregateMs !== undefined && { aggregateMs }) };
  if (Object.keys(common).length === 0) return plan;
  const programs = plan.programs.map((p) => ({ ...p, config: { ...p.config, ...common } }));
  const report = { ...plan.report, ...(aggregateMs !== undefined && { aggregateMs }) };
  return { ...plan, programs, report };
}

/** Pure: the same policy and facts give the same plan. Hooks the host cannot do carry `refused` and no programs. */
export function makePlan(policy: NormalPolicy, facts: HostFacts): Plan {
  const consents = policy.annotations[ALLOW_RACY] === 'true';
  const unfit = unplaceable(policy, facts);
  const hooks = policy.hooks.map((hook) => {
    const plan = withFloodBounds(withWhose(preemptible(planHook(hook, facts, unfit), facts), policy), policy);
    return plan.racy && !plan.refused && !consents ? withoutConsent(plan) : plan;
  });
  return { policy, host: facts.host, hooks: withOneWalk(hooks) };
}

/** What guardrails and warnings need to know of a plan. */
export function plannedHooks(plan: Plan): PlannedHook[] {
  return plan.hooks.map((h) => ({
    path: h.hook.path,
    host: plan.host,
    hook: h.hook.call,
    mechanism: h.mechanism,
    guarantee: h.guarantee,
    racy: h.racy,
    refused: h.refused !== undefined && !h.absent,
    ...(h.absent && { absent: h.absent }),
    ...(h.refused !== undefined && { reason: h.refused }),
    ...basisOf(h),
  }));
}
