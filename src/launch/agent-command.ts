// SPDX-License-Identifier: Apache-2.0
/** `tracegate agent`: the privileged half, in the foreground. */
import { dirname } from 'node:path';
import type { AgentOptions } from '../agent/start.ts';
import { publicKeyPath } from '../audit/index.ts';
import { command, EXIT } from '../cli/index.ts';
import { type Config, packageRoot, shownConfig, statePaths } from '../config/index.ts';
import { Fault } from '../errors.ts';
import { gatePaths } from '../gate/gate-paths.ts';
import { agentRules } from '../gate/rules/index.ts';
import { suspensionWords } from '../model/suspension.ts';
import { sinkTeller } from '../sinks/index.ts';
import { openLog } from '../telemetry/log.ts';
import { agentFeeds } from './agent-feeds.ts';
import { agentGivesBack } from './idle-memory.ts';
import { untilStopped } from './signals.ts';
import { version } from './version.ts';

export const agentCommand = command({
  words: ['agent'],
  about: 'loads and enforces accepted policies on this host (needs root)',
  async run(_options, { loaded: { config }, io, out }) {
    if (process.getuid?.() !== 0) {
      throw new Fault(
        'forbidden',
        'the agent loads eBPF programs: run it as root (CAP_BPF, CAP_PERFMON and CAP_SYS_ADMIN for bpffs)',
      );
    }
    const { startAgent } = await import('../agent/start.ts'); // the addon is loaded here and nowhere else
    const paths = statePaths(config.stateDir);
    const log = openLog(config.logLevel);
    // not the gate's: a bundle in the gate's folder could be the gate's own making
    const { rules, record } = await agentRules({ ...config, stateDir: dirname(paths.agentAudit) }, log);
    const running = await startAgent({
      root: packageRoot(),
      stateDir: dirname(paths.agentAudit),
      socketPath: config.agent.socket ?? paths.agentSocket,
      gateKeyFile: publicKeyPath(gatePaths(config.stateDir).receiptKey),
      ruleset: rules.asRuleset(),
      killPerMinute: config.killBudgetPerMinute,
      bpffsDir: config.agent.pinDir,
      bpfAudit: config.bpf.audit === 'on',
      gateMode: config.bpf.gate,
      atExceptionEnd: config.agent.atExceptionEnd,
      ...(config.events.cgroupRate > 0 && {
        cgroupRate: { events: config.events.cgroupRate, intervalMs: config.events.cgroupRateIntervalMs },
      }),
      ...(config.events.file !== undefined && {
        eventFile: {
          path: config.events.file,
          maxBytes: config.events.fileMaxBytes,
          kept: config.events.filesKept,
        },
      }),
      ...(config.agent.host !== undefined && { nodeName: config.agent.host }),
      ...(await clusterOf(config)),
      configured: shownConfig(config),
      sinks: { version: version(), feeds: agentFeeds(config), onChange: sinkTeller(log) },
      onFault: (thrown) => log.error({ err: thrown }, 'something could not be written down'),
    });
    record(running.audit);
    rules.follow(config.bundle.pollSeconds * 1000);
    out.say(`agent ready, ${running.runtime.policies().length} policies in force`);
    for (const suspension of running.agent.suspensions.list())
      out.say(`${suspension.policy ?? 'everything on this host'} is ${suspensionWords(suspension)}`);
    const stopGivingBack = agentGivesBack();
    await untilStopped(io.signal);
    stopGivingBack();
    await running.close();
    await rules.stop();
    return EXIT.done;
  },
});

/** What is followed of a cluster; nothing where no node of one is named. */
async function clusterOf({
  kubernetes: { node, kubeconfig },
}: Config): Promise<Pick<AgentOptions, 'cluster'>> {
  if (node === undefined) return {};
  const { connectCluster } = await import('../agent/sources/cluster-connection.ts');
  return { cluster: { node, connection: await connectCluster(kubeconfig) } };
}
