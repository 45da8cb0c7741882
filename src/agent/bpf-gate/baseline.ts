// SPDX-License-Identifier: Apache-2.0
/**
 * What is usually loaded on this host. While it is learned everything is taken in; afterwards only what was never seen is
 * told of. Nothing of it counts as allowed until somebody accepts it.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { BaselineEntry, BaselineState, LoaderName } from '../../model/bpf-gate.ts';
import { writeWhole } from '../../runtime/whole-file.ts';

const ENTRIES_MAX = 4096;

interface Kept {
  state: BaselineState;
  since?: string;
  until?: string;
  entries: BaselineEntry[];
}

/** What was loaded, without how often and when. */
export type Loaded = Pick<BaselineEntry, 'path' | 'digest' | 'name' | 'type' | 'attachType' | 'target'>;

const keyOf = ({ path, digest, name, type, attachType, target }: Loaded): string =>
  [digest || path, name, type, attachType, target].join('\n');

export class LearnedBaseline {
  readonly #file: string;
  readonly #entries = new Map<string, BaselineEntry>();
  #state: BaselineState = 'none';
  #since: string | undefined;
  #until: string | undefined;
  #dirty = false;

  constructor(stateDir: string) {
    this.#file = join(stateDir, 'bpf-baseline.json');
    if (!existsSync(this.#file)) return;
    try {
      const kept = JSON.parse(readFileSync(this.#file, 'utf8')) as Kept;
      for (const entry of kept.entries) this.#entries.set(keyOf(entry), entry);
      this.#state = kept.state;
      this.#since = kept.since;
      this.#until = kept.until;
    } catch (cause) {
      throw new Fault('config', `${this.#file} cannot be read: restore it, or remove it to learn anew`, {
        cause,
      });
    }
  }

  get state(): BaselineState {
    return this.#state;
  }

  get size(): number {
    return this.#entries.size;
  }

  get unaccepted(): number {
    return [...this.#entries.values()].filter(({ accepted }) => !accepted).length;
  }

  view(): Kept {
    return {
      state: this.#state,
      ...(this.#since !== undefined && { since: this.#since }),
      ...(this.#until !== undefined && { until: this.#until }),
      entries: [...this.#entries.values()],
    };
  }

  /** Goes on with what was learned before. */
  start(now: Date, forSeconds?: number): void {
    this.#state = 'learning';
    this.#since = now.toISOString();
    this.#until =
      forSeconds === undefined ? undefined : new Date(now.getTime() + forSeconds * 1000).toISOString();
    this.#dirty = true;
  }

  end(): void {
    if (this.#state !== 'learning')
      throw new Fault('conflict', 'no baseline is being learned: nothing to end');
    this.#state = 'ended';
    this.#dirty = true;
  }

  isOver(now: Date): boolean {
    return this.#state === 'learning' && this.#until !== undefined && now.toISOString() >= this.#until;
  }

  /** Accepts what was loaded by executables of these digests, or by all; how many that are. */
  accept(digests?: readonly string[]): BaselineEntry[] {
    const meant = [...this.#entries.values()].filter(
      ({ accepted, digest }) => !accepted && digest !== '' && (digests?.includes(digest) ?? true),
    );
    for (const entry of meant) entry.accepted = true;
    this.#dirty ||= meant.length > 0;
    return meant;
  }

  /** Takes a load in; true: it is told of, for it is the first of its kind since the baseline was learned. */
  take(loaded: Loaded, now: Date): boolean {
    if (this.#state === 'none') return false;
    const key = keyOf(loaded);
    const known = this.#entries.get(key);
    this.#dirty = true;
    if (known) {
      known.count++;
      known.last = now.toISOString();
      return false;
    }
    const seen = this.#state === 'learning' ? 'learned' : 'new';
    if (this.#entries.size >= ENTRIES_MAX) return seen === 'new'; // it goes on being told of
    const time = now.toISOString();
    this.#entries.set(key, { ...loaded, count: 1, first: time, last: time, seen, accepted: false });
    return seen === 'new';
  }

  /** Types of programs that an executable was accepted for. */
  typesOf(digest: string): string[] {
    const of = [...this.#entries.values()].filter((entry) => entry.accepted && entry.digest === digest);
    return [...new Set(of.map(({ type }) => type))].sort();
  }

  accepted(): LoaderName[] {
    const all = [...this.#entries.values()].filter((entry) => entry.accepted);
    return [...new Map(all.map(({ path, digest }) => [path, { path, digest }])).values()];
  }

  keep(): void {
    if (!this.#dirty) return;
    writeWhole(this.#file, JSON.stringify(this.view()));
    this.#dirty = false;
  }
}
