// SPDX-License-Identifier: Apache-2.0
/** Programs that a library loads only to see whether the kernel takes them, and drops: counted, not told one by one. */
import type { BpfCulprit } from '../../model/bpf.ts';
import { programTypeName } from '../../model/bpf-names.ts';
import { COMMAND, loadAsked } from './attr.ts';
import { type AuditRecordSeen, KINDS } from './audit-records.ts';

/** A number and the end: such a program can look at nothing. */
const PROBE_INSNS = 2;
const LOADERS_MOST = 1024;

export interface ProbeCount {
  loaded: number;
  refused: number;
  first: string;
  last: string;
  by: BpfCulprit;
}

/** One that was never hung up, and filters nothing as it stands. */
export function isProbe(record: AuditRecordSeen): boolean {
  const { kind, program, command, attr } = record;
  if (kind === KINDS.TG_B_LOAD || kind === KINDS.TG_B_UNLOAD)
    return programTypeName(program.type) === 'socket_filter' && program.insns <= PROBE_INSNS;
  if (kind !== KINDS.TG_B_COMMAND || command !== COMMAND.progLoad) return false;
  const { type, insns } = loadAsked(attr);
  return type === 'socket_filter' && insns > 0 && insns <= PROBE_INSNS;
}

export class Probes {
  readonly #counts = new Map<string, ProbeCount>();

  count({ kind, result }: AuditRecordSeen, by: BpfCulprit, time: string): void {
    if (kind === KINDS.TG_B_UNLOAD) return;
    const key = `${by.uid} ${by.exe?.path ?? by.comm}`;
    const known = this.#counts.get(key) ?? { loaded: 0, refused: 0, first: time, last: time, by };
    if (result < 0) known.refused++;
    else known.loaded++;
    known.last = time;
    if (this.#counts.size < LOADERS_MOST || this.#counts.has(key)) this.#counts.set(key, known);
  }

  /** What was counted since the last call, by loader. */
  take(): ProbeCount[] {
    const all = [...this.#counts.values()];
    this.#counts.clear();
    return all;
  }
}
