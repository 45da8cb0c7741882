// SPDX-License-Identifier: Apache-2.0
/** The hooks of a policy as the matcher takes them: the selectors the kernel programs are given, over the document's arguments. */
import type { HostFacts } from '../model/facts.ts';
import type { NormalHook, NormalPolicy } from '../model/normal-policy.ts';
import type { HookConfig } from '../plan/hook-config.ts';
import { hookConfig, plainReaders } from '../plan/hook-programs.ts';
import { hookOnHost, makePlan } from '../plan/make-plan.ts';
import { configWhose } from '../plan/whose.ts';

export interface PreparedHook {
  hook: NormalHook;
  /** absent: it cannot be run through at all, and `problem` says why */
  config?: HookConfig;
  problem?: string;
  /** hosts that would refuse the hook, with the reason */
  refused: { host: string; reason: string }[];
}

/** `facts`: of the hosts in question; the first one says what names such as `host_ns` stand for. */
export function prepare(policy: NormalPolicy, facts: readonly HostFacts[]): PreparedHook[] {
  const plans = facts.map((host) => makePlan(policy, host));
  return policy.hooks.map((hook, i) => {
    const refused = plans.flatMap(({ host, hooks }) => {
      const { refused: reason, absent } = hooks[i] ?? {};
      return reason === undefined || absent ? [] : [{ host, reason }];
    });
    return { hook, refused, ...configOf(policy, hook, facts[0]) };
  });
}

function configOf(
  policy: NormalPolicy,
  hook: NormalHook,
  host: HostFacts | undefined,
): Pick<PreparedHook, 'config' | 'problem'> {
  const resolved = host === undefined ? hook : hookOnHost(hook, host);
  if ('reason' in resolved) return { problem: resolved.reason };
  if (host === undefined && namesHost(hook))
    return {
      problem:
        'what its filters name (host_ns, lists of calls) is known of a host only: give its facts with --facts',
    };
  const config = hookConfig(resolved, plainReaders(resolved, 'kernel'), 0, false);
  return { config: configWhose(config, hook, policy) };
}

/** Some value stands for what a host's kernel says. */
function namesHost({ selectors }: NormalHook): boolean {
  return selectors.some(
    ({ matchNamespaces = [], matchArgs }) =>
      matchNamespaces.some(({ values }) => values.includes('host_ns')) ||
      matchArgs.some(
        ({ type, values }) => type === 'syscall64' && values.some((value) => !/^-?\d/.test(value)),
      ),
  );
}
