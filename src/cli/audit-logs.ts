// SPDX-License-Identifier: Apache-2.0
/** The two audit logs, each by the gate where that can be asked, else from its file on this host. */
import { existsSync } from 'node:fs';
import { readAuditLog } from '../audit/index.ts';
import { statePaths } from '../config/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { LogName } from '../service/index.ts';
import type { CommandDeps } from './command.ts';
import { collected, itemsOf } from './commands/pages.ts';

export const LOGS: readonly LogName[] = ['gate', 'agent'];

export type LogFilter = Omit<AuditFilter, 'after' | 'order' | 'limit'> & {
  limit: number;
};

/** Newest first. */
export function recordsOf(
  deps: CommandDeps,
  log: LogName,
  { limit, ...filter }: LogFilter,
): Promise<AuditRecord[]> {
  const query = { ...filter, log, order: 'descending' };
  return fromGateOrFile(deps, log, {
    gate: () => collected(itemsOf<AuditRecord>(deps.gate(), '/v1/audit/records', query, limit)),
    file: (path) => readAuditLog(path, { ...filter, limit, order: 'descending' }).records,
  });
}

export function headOf(deps: CommandDeps, log: LogName): Promise<SignedHead> {
  return fromGateOrFile(deps, log, {
    gate: async () =>
      (await deps.gate().call<SignedHead>({ method: 'GET', path: '/v1/audit/head', query: { log } })).body,
    file: (path) => {
      const { head } = readAuditLog(path, { limit: 0 });
      if (head) return head;
      throw new Fault('unreadable', `${path} has no head that can be read: run \`tracegate audit verify\``);
    },
  });
}

interface Ways<T> {
  gate: () => Promise<T>;
  file: (path: string) => T;
}

/** Only where nobody is there to ask: what a role keeps from somebody is not read past it. */
async function fromGateOrFile<T>(deps: CommandDeps, log: LogName, { gate, file }: Ways<T>): Promise<T> {
  try {
    return await gate();
  } catch (thrown) {
    const fault = asFault(thrown);
    const { gateAudit, agentAudit } = statePaths(deps.loaded.config.stateDir);
    const path = log === 'gate' ? gateAudit : agentAudit;
    const away = fault.code === 'gate-away' || fault.code === 'agent-away';
    if (!away || deps.serverNamed || !existsSync(path)) throw fault;
    return read(path, file);
  }
}

function read<T>(path: string, file: (path: string) => T): T {
  try {
    return file(path);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    throw new Fault('unreadable', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
