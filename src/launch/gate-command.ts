// SPDX-License-Identifier: Apache-2.0
/** `tracegate gate`: the unprivileged half, in the foreground. */
import { command, EXIT } from '../cli/index.ts';
import { statePaths } from '../config/index.ts';
import { startGate } from '../gate/index.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import { makePlan, plannedHooks } from '../plan/make-plan.ts';
import { symbolsOf } from '../plan/symbols.ts';
import { agentClient, bpfGateClient, type Planned } from '../service/index.ts';
import { type Logger, openLog } from '../telemetry/log.ts';
import { followCluster } from './cluster-source.ts';
import { untilStopped } from './signals.ts';
import { version } from './version.ts';

/** What this host would do with a policy; while the agent is away nothing is known of it, which the decision says. */
function planner(agent: AgentPort, log: Logger): (policy: NormalPolicy) => Promise<Planned> {
  return async (policy) => {
    try {
      const facts = await agent.facts(symbolsOf(policy));
      return { hooks: plannedHooks(makePlan(policy, facts)), facts: { digest: facts.digest } };
    } catch (thrown) {
      log.warn({ err: thrown }, 'the facts of this host are not known: its agent cannot be asked');
      return { hooks: [] };
    }
  };
}

export const gateCommand = command({
  words: ['gate'],
  about: 'judges, stores and audits: API, webhook, socket (needs no privilege)',
  async run(_options, { loaded: { config }, io, out }) {
    const log = openLog(config.logLevel);
    const socketPath = config.agent.socket ?? statePaths(config.stateDir).agentSocket;
    const [agent, bpfGate] = [agentClient({ socketPath }), bpfGateClient({ socketPath })];
    const gate = await startGate(config, {
      agent,
      bpfGate,
      planFor: planner(agent, log),
      log,
      version: version(),
    });
    try {
      const source = await followCluster(config, gate.service, log);
      out.say(`gate ready at ${gate.url}`);
      await untilStopped(io.signal);
      await source?.stop();
    } finally {
      await gate.close();
    }
    return EXIT.done;
  },
});
