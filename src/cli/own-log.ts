// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type AuditLog, openAuditLog } from '../audit/index.ts';
import { statePaths } from '../config/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { LogName } from '../service/index.ts';
import type { CommandDeps } from './command.ts';

/**
 * One of this host's logs, opened by the command itself: what changes how a log is kept is done while its gate or agent
 * is down, by somebody who may read its key. Policies stay in force without either.
 */
export async function withOwnLog<T>(
  deps: Pick<CommandDeps, 'loaded'>,
  name: LogName,
  work: (log: AuditLog) => T | Promise<T>,
): Promise<T> {
  const { stateDir } = deps.loaded.config;
  const { gateAudit, agentAudit } = statePaths(stateDir);
  const path = name === 'gate' ? gateAudit : agentAudit;
  if (!existsSync(path)) throw new Fault('not-found', `the ${name} has no audit log in ${stateDir}`);
  const keyPath =
    name === 'gate' ? join(stateDir, 'keys', 'gate-audit.key') : join(dirname(agentAudit), 'audit.key');
  if (!existsSync(keyPath)) throw new Fault('not-found', `the key of the ${name}'s log is not at ${keyPath}`);
  const log = openAuditLog({ path, keyPath, kind: name });
  try {
    return await work(log);
  } finally {
    log.close();
  }
}

/** The same, or by the running gate, which is its log's one writer, where there is one. */
export async function withLogOrGate<T>(
  deps: Pick<CommandDeps, 'loaded'>,
  name: LogName,
  work: (log: AuditLog) => T,
  ask: () => Promise<T>,
): Promise<T> {
  return withLogOrWriter(deps, name, work, (fault) => {
    if (name === 'gate') return ask();
    throw fault;
  });
}

/** The same, or by whoever writes it. */
export async function withLogOrWriter<T>(
  deps: Pick<CommandDeps, 'loaded'>,
  name: LogName,
  work: (log: AuditLog) => T | Promise<T>,
  ask: (fault: Fault) => Promise<T>,
): Promise<T> {
  try {
    return await withOwnLog(deps, name, work);
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code !== 'conflict') throw thrown;
    return await ask(fault).catch((failed) => {
      throw toldOf(name, fault, asFault(failed));
    });
  }
}

/** That there is no gate tells nothing to somebody who asked for something of a log: why one was looked for does. */
function toldOf(name: LogName, taken: Fault, failed: Fault): Fault {
  if (failed.code !== 'gate-away' || failed === taken) return failed;
  const message = `the ${name} is writing its log, so this goes through the gate: ${failed.message}; or end the ${name} meanwhile, and what is enforced stays in force`;
  return new Fault('gate-away', message, { cause: taken });
}

/** Who did it, for the record that says so. */
export function ownActor({ user }: Pick<CommandDeps, 'user'>): {
  user: string;
  groups: string[];
  door: string;
} {
  return { user: user.name, groups: [], door: 'cli' };
}
