// SPDX-License-Identifier: Apache-2.0
import type { HostFacts } from '../model/facts.ts';
import type { PlannedHook } from '../model/judge.ts';
import type { HookType, NormalHook, NormalPolicy } from '../model/normal-policy.ts';
import { refusal } from './hook-programs.ts';
import { kinPrograms } from './kin.ts';
import { TG_WORKLOAD } from './layout.generated.ts';
import { withCallNumbers } from './listed-calls.ts';
import { ALLOW_RACY, basisOf, type HookPlan, type Plan } from './plan.ts';
import { planFunction } from './plan-function.ts';
import { planLoader } from './plan-loader.ts';
import { planLsm } from './plan-lsm.ts';
import { planSyscall } from './plan-syscall.ts';
import { planRawTracepoint, planTracepoint } from './plan-tracepoint.ts';
import { planUprobe } from './plan-uprobe.ts';
import { planUsdt } from './plan-usdt.ts';
import { onThisHost } from './process-filters.ts';
import { withRoutes } from './routes.ts';

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
  const refused =
    `${plan.hook.call} would be decided on memory that another thread can change while the kernel looks (${plan.mechanism}): ` +
    `annotate the policy with ${ALLOW_RACY}: "true" to accept that, or write it on a security_* function`;
  return { ...plan, programs: [], refused };
}

/** It is meant for the pods of its namespace, which nothing here tells from the rest of the host. */
const ofNamespace = (namespace: string, host: string) =>
  `the policy is of the namespace ${namespace}, and ${host} cannot tell whose a process is: it would act on the whole host. ` +
  'Use a TracingPolicy if that is what is meant, narrowed by matchBinaries or matchNamespaces';

/** The hook with what its policy names put as this host has it, or why that cannot be. */
export function hookOnHost(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  let resolved: NormalHook = hook;
  for (const step of [onThisHost, withCallNumbers, withRoutes]) {
    const next = step(resolved, facts);
    if ('reason' in next) return next;
    resolved = next;
  }
  return resolved;
}

function planHook(hook: NormalHook, facts: HostFacts, namespace: string | undefined): HookPlan {
  if (namespace !== undefined) return refusal(hook, 'none', ofNamespace(namespace, facts.host));
  const resolved = hookOnHost(hook, facts);
  if ('reason' in resolved) return refusal(hook, 'none', resolved.reason);
  const kin = kinPrograms(hook, facts);
  if ('reason' in kin) return refusal(hook, 'none', kin.reason);
  const plan = PLANNERS[hook.type](resolved, facts);
  // before all others: what a process began with is kept from the first call on that is looked at
  return { ...plan, hook, programs: plan.refused === undefined ? [...kin, ...plan.programs] : [] };
}

const WORKLOADS = { host: TG_WORKLOAD.TG_W_HOST, containers: TG_WORKLOAD.TG_W_CONTAINERS } as const;

/** What the policy says of all its hooks: whose processes it is about, and how much it tells. */
function ofPolicy(plan: HookPlan, { workloads, throttle, aggregateMs }: NormalPolicy): HookPlan {
  const common = {
    ...(workloads && { workload: WORKLOADS[workloads] }),
    ...(throttle && { throttle }),
    ...(aggregateMs !== undefined && { aggregateMs }),
  };
  if (Object.keys(common).length === 0) return plan;
  const programs = plan.programs.map((p) => ({ ...p, config: { ...p.config, ...common } }));
  const report = { ...plan.report, ...(aggregateMs !== undefined && { aggregateMs }) };
  return { ...plan, programs, report };
}

/** Pure: the same policy and facts give the same plan. Hooks the host cannot do carry `refused` and no programs. */
export function makePlan(policy: NormalPolicy, facts: HostFacts): Plan {
  const consents = policy.annotations[ALLOW_RACY] === 'true';
  const hooks = policy.hooks.map((hook) => {
    const plan = ofPolicy(planHook(hook, facts, policy.namespace), policy);
    return plan.racy && !plan.refused && !consents ? withoutConsent(plan) : plan;
  });
  return { policy, host: facts.host, hooks };
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
    refused: h.refused !== undefined,
    ...(h.refused !== undefined && { reason: h.refused }),
    ...basisOf(h),
  }));
}
