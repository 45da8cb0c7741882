// SPDX-License-Identifier: Apache-2.0
/** Where things lie in the state directory, so that a CLI on the same host finds what gate and agent wrote. */
import { join } from 'node:path';

export interface StatePaths {
  adminToken: string;
  caFile: string;
  /** the host administrator's door */
  gateSocket: string;
  /** the URL the gate really listens on */
  listenFile: string;
  agentSocket: string;
  gateAudit: string;
  agentAudit: string;
  /** where the sinks of gate and agent keep how far they have come */
  gateSinks: string;
  agentSinks: string;
  /** tracegate-off, as the agent places it */
  wayOut: string;
  /** a compiled bundle the organisation put in place of the shipped one */
  rulesBundle: string;
}

/** Where the word of an administrator lies that an older rule bundle may come back; of a gate's folder, or an agent's. */
export function rulesAllowanceFile(stateDir: string): string {
  return join(stateDir, 'gate', 'allowed-older-rules.json');
}

export function statePaths(stateDir: string): StatePaths {
  return {
    adminToken: join(stateDir, 'admin.token'),
    caFile: join(stateDir, 'tls', 'ca.crt'),
    gateSocket: join(stateDir, 'gate.sock'),
    listenFile: join(stateDir, 'listen.json'),
    agentSocket: join(stateDir, 'agent.sock'),
    gateAudit: join(stateDir, 'gate', 'audit.db'),
    agentAudit: join(stateDir, 'agent', 'audit.db'),
    gateSinks: join(stateDir, 'gate', 'sinks'),
    agentSinks: join(stateDir, 'agent', 'sinks'),
    wayOut: join(stateDir, 'agent', 'bin', 'tracegate-off'),
    rulesBundle: join(stateDir, 'rules'),
  };
}
