// SPDX-License-Identifier: Apache-2.0
/** Sealing and pruning by the gate that runs, for either log: segments lie in the folder of the log then. */
import { constants, copyFileSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { segmentsFolder } from '../audit/index.ts';
import { statePaths } from '../config/index.ts';
import { Fault } from '../errors.ts';
import type { AuditRecord } from '../model/audit-record.ts';
import type { LogName } from '../service/index.ts';
import type { CommandDeps } from './command.ts';

/** To read or verify what segments hold takes as long as they are. */
const TIMEOUT_MS = 15 * 60_000;

export async function sealByGate(
  deps: CommandDeps,
  sealing: { log: LogName; until?: string },
): Promise<AuditRecord> {
  const call = { method: 'POST', path: '/v1/audit/segments', body: sealing, timeoutMs: TIMEOUT_MS } as const;
  return (await deps.gate().call<AuditRecord>(call)).body;
}

export async function pruneByGate(
  deps: CommandDeps,
  { segments, ...pruning }: { log: LogName; segments: string[]; reason: string },
): Promise<AuditRecord> {
  const folder = folderOf(deps, pruning.log);
  const elsewhere = segments.find(
    (path) => dirname(path) !== folder && !existsSync(join(folder, basename(path))),
  );
  if (elsewhere !== undefined)
    throw new Fault(
      'usage',
      `${elsewhere} is not in ${folder}: a log that is written looks for its segments there only`,
    );
  const body = { ...pruning, segments: segments.map((path) => basename(path)) };
  const call = { method: 'POST', path: '/v1/audit/prunings', body, timeoutMs: TIMEOUT_MS } as const;
  return (await deps.gate().call<AuditRecord>(call)).body;
}

/** Where a segment lies, copied to `to` where that is asked for. */
export function placedAt(deps: CommandDeps, log: LogName, name: string, to: string | undefined): string {
  const path = join(folderOf(deps, log), name);
  if (to === undefined) return path;
  copyFileSync(path, to, constants.COPYFILE_EXCL);
  return to;
}

function folderOf({ loaded }: CommandDeps, log: LogName): string {
  const { gateAudit, agentAudit } = statePaths(loaded.config.stateDir);
  return segmentsFolder(log === 'gate' ? gateAudit : agentAudit);
}
