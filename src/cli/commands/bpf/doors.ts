// SPDX-License-Identifier: Apache-2.0
/** The gate is asked where it answers; else the agent on this host, so that a broken gate keeps nobody from it. */
import { statePaths } from '../../../config/index.ts';
import { asFault } from '../../../errors.ts';
import type { BpfGatePort } from '../../../model/bpf-gate.ts';
import type { Suspender } from '../../../model/suspension.ts';
import { bpfGateClient } from '../../../service/index.ts';
import type { GateClient } from '../../client/gate-client.ts';
import type { CommandDeps } from '../../command.ts';

export interface Doors<T> {
  gate: (gate: GateClient) => Promise<T>;
  agent: (agent: BpfGatePort, by: Suspender) => Promise<T>;
}

/** A gate that was named is asked alone: it may be another host's. */
export async function askedFor<T>(deps: CommandDeps, doors: Doors<T>): Promise<T> {
  const { gate, serverNamed, loaded, out, user } = deps;
  try {
    return await doors.gate(gate());
  } catch (thrown) {
    const fault = asFault(thrown);
    if (serverNamed || fault.code !== 'gate-away') throw fault;
  }
  out.say('the gate does not answer: the agent on this host is asked itself');
  const { stateDir, agent } = loaded.config;
  const client = bpfGateClient({ socketPath: agent.socket ?? statePaths(stateDir).agentSocket });
  return doors.agent(client, { user: user.name, groups: [], door: 'cli' });
}

/** A path may hold a line break, which must not pass for the next line. */
export const oneLine = (text: string): string => text.replace(/\s/g, ' ');
