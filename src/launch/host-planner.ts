// SPDX-License-Identifier: Apache-2.0
import { asFault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import { makePlan, plannedHooks } from '../plan/make-plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import type { Planned } from '../service/index.ts';
import type { Logger } from '../telemetry/log.ts';

/** So long an agent that was away is not asked again: to try costs each review a twelfth of its time, and behind a socket where nobody answers all of it. */
const LEFT_ALONE_MS = 100;

/**
 * What this host would do with a policy; while the agent is away nothing is known of it, which the decision says. The log
 * says it once for each time it went, and once that it is back: a review a millisecond would fill a disk.
 */
export function hostPlanner(
  agent: Pick<AgentPort, 'facts'>,
  log: Pick<Logger, 'warn' | 'info'>,
  nowMs: () => number = () => performance.now(),
): (policy: NormalPolicy) => Promise<Planned> {
  let away = false;
  let askAgainAtMs = 0;
  return async (policy) => {
    if (away && nowMs() < askAgainAtMs) return { hooks: [] };
    try {
      const facts = await agent.facts(symbolsOf(policy));
      if (away) log.info('the facts of this host are known again');
      away = false;
      return { hooks: plannedHooks(makePlan(policy, facts)), facts: { digest: facts.digest } };
    } catch (thrown) {
      if (!away) log.warn({ err: thrown }, 'the facts of this host are not known: its agent cannot be asked');
      away = true;
      // what goes wrong with one policy says nothing of the next
      if (asFault(thrown).code === 'agent-away') askAgainAtMs = nowMs() + LEFT_ALONE_MS;
      return { hooks: [] };
    }
  };
}
