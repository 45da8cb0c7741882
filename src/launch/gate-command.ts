// SPDX-License-Identifier: Apache-2.0
/** `tracegate gate`: the unprivileged half, in the foreground. */
import { command, EXIT } from '../cli/index.ts';
import { statePaths } from '../config/index.ts';
import { agentClient, bpfGateClient } from '../service/index.ts';
import { openLog } from '../telemetry/log.ts';
import { followCluster } from './cluster-source.ts';
import { hostPlanner } from './host-planner.ts';
import { gateGivesBack } from './idle-memory.ts';
import { untilStopped } from './signals.ts';
import { version } from './version.ts';

export const gateCommand = command({
  words: ['gate'],
  about: 'judges, stores and audits: API, webhook, socket (needs no privilege)',
  async run(_options, { loaded: { config }, io, out }) {
    const { startGate } = await import('../gate/index.ts'); // what serves it is much, and no other command's
    const log = openLog(config.logLevel);
    const socketPath = config.agent.socket ?? statePaths(config.stateDir).agentSocket;
    const [agent, bpfGate] = [agentClient({ socketPath }), bpfGateClient({ socketPath })];
    const gate = await startGate(config, {
      agent,
      bpfGate,
      planFor: hostPlanner(agent, log),
      log,
      version: version(),
    });
    const stopGivingBack = gateGivesBack();
    try {
      const source = await followCluster(config, gate.service, log);
      out.say(`gate ready at ${gate.url}`);
      await untilStopped(io.signal);
      await source?.stop();
    } finally {
      stopGivingBack();
      await gate.close();
    }
    return EXIT.done;
  },
});
