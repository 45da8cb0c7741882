// SPDX-License-Identifier: Apache-2.0
/** A gate that takes over what its API server has stored (`kubernetes.source: on`). */
import { dirname, join } from 'node:path';
import { connectCluster } from '../agent/sources/cluster-connection.ts';
import { JudgedSink } from '../agent/sources/judged-sink.ts';
import { KubernetesSource } from '../agent/sources/kubernetes.ts';
import { OwnedPolicies } from '../agent/sources/owned-policies.ts';
import { type Config, statePaths } from '../config/index.ts';
import type { Service } from '../service/index.ts';
import type { Logger } from '../telemetry/log.ts';

/** Follows the cluster until `stop`; undefined where the configuration does not ask for it. */
export async function followCluster(
  config: Config,
  service: Service,
  log: Logger,
): Promise<KubernetesSource | undefined> {
  if (config.kubernetes.source === 'off') return undefined;
  const connection = await connectCluster(config.kubernetes.kubeconfig);
  const owned = new OwnedPolicies(
    join(dirname(statePaths(config.stateDir).gateAudit), 'cluster-policies.json'),
  );
  const sink = new JudgedSink({
    service,
    owned,
    onDenied: (fault, key) =>
      log.warn({ policy: key }, `stored in the cluster, not let in here: ${fault.message}`),
  });
  const source = new KubernetesSource({
    connection,
    sink,
    onTrouble: (fault) => log.warn({ code: fault.code }, `following the cluster: ${fault.message}`),
  });
  source.start();
  return source;
}
