// SPDX-License-Identifier: Apache-2.0
/**
 * The path of an executable is the dearest part of a record: a thread that does one thing after the other tells it once in ten
 * seconds, and its other records go by that one.
 */
import type { AuditRecordSeen, RawCulprit } from './audit-records.ts';

/** By the records' own time: some times TG_BPF_TOLD_NS. */
const KEPT_NS = 30_000_000_000n;
/** Of so many processes in that time; of those before them the path counts as partial. */
const KEPT_MOST = 16_384;

interface ToldPath {
  exe: RawCulprit['exe'];
  bootNs: bigint;
}

const processOf = ({ tgid, startBootNs, execId }: RawCulprit): string => `${tgid} ${startBootNs} ${execId}`;

const isSameFile = (a: RawCulprit['exe'], b: RawCulprit['exe']): boolean =>
  a.device === b.device && a.inode === b.inode && a.generation === b.generation;

export class ToldPaths {
  /** the one that was told last is the last */
  readonly #told = new Map<string, ToldPath>();

  /** The record with its path: an empty one that counts as partial where no record before it told one of that file. */
  complete({ by, bootNs }: Pick<AuditRecordSeen, 'by' | 'bootNs'>): void {
    if (by.exe.told) this.#restore(by);
    else if (by.exe.inode !== 0n) this.#keep(by, bootNs);
  }

  #restore(by: RawCulprit): void {
    const known = this.#told.get(processOf(by))?.exe;
    const found = known && isSameFile(known, by.exe) ? known : { path: '', partial: true };
    by.exe.path = found.path;
    by.exe.partial = found.partial;
  }

  #keep(by: RawCulprit, bootNs: bigint): void {
    const process = processOf(by);
    this.#told.delete(process);
    this.#told.set(process, { exe: by.exe, bootNs });
    for (const [key, { bootNs: toldNs }] of this.#told) {
      if (bootNs - toldNs < KEPT_NS && this.#told.size <= KEPT_MOST) return;
      this.#told.delete(key);
    }
  }
}
