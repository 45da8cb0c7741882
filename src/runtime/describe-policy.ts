// SPDX-License-Identifier: Apache-2.0
/** A plan about to be loaded, as it will be written down. */
import { followsSockets } from '../model/normal-policy.ts';
import { basisOf, type HookPlan, type Plan } from '../plan/plan.ts';
import type { LoadedHook, LoadedPolicy } from './loaded-policy.ts';

export interface LoadRequest {
  plan: Plan;
  key: string;
  revision: number;
  decisionId: string;
  mode: LoadedPolicy['mode'];
  /** it does not act until `suspendPolicy` lets it */
  suspended?: boolean;
}

/** What the runtime gives it. */
export type Given = Pick<
  LoadedPolicy,
  'slot' | 'generation' | 'sockGroup' | 'programs' | 'layout' | 'scopes'
>;

export function describePolicy(request: LoadRequest, given: Given, nextHookId: () => number): LoadedPolicy {
  const { policy } = request.plan;
  const { sockGroup = given.generation, scopes = [], ...rest } = given;
  return {
    key: request.key,
    name: policy.name,
    ...(policy.namespace !== undefined && { namespace: policy.namespace }),
    digest: policy.digest,
    revision: request.revision,
    decisionId: request.decisionId,
    ...rest,
    ...(policy.hooks.some(followsSockets) && { sockGroup }),
    mode: request.mode,
    ...(request.suspended && { suspended: true }),
    ...(scopes.length > 0 && { scopes }),
    ...(policy.nodes && { nodes: policy.nodes }),
    ...(policy.killsPerMinute !== undefined && { killsPerMinute: policy.killsPerMinute }),
    hooks: request.plan.hooks.map((hook) => describeHook(hook, nextHookId())),
    pins: [],
  };
}

function describeHook(h: HookPlan, hookId: number): LoadedHook {
  const state = h.refused === undefined ? 'loaded' : h.absent ? 'missing' : 'refused';
  return {
    hookId,
    status: {
      hook: h.hook.call,
      state,
      mechanism: h.mechanism,
      guarantee: h.guarantee,
      racy: h.racy,
      ...(h.refused !== undefined && { reason: h.refused }),
      ...basisOf(h),
    },
    report: h.report,
    ...(h.hook.message !== undefined && { message: h.hook.message }),
    tags: h.hook.tags,
  };
}
