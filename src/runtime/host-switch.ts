// SPDX-License-Identifier: Apache-2.0
/** Whether anything of this host may act at all: the kernel's own switch, and the mark of tracegate-off. */
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Native } from './native.ts';
import { knownMark } from './pinned-maps.ts';
import type { SharedMaps } from './shared-maps.ts';

/** A suspension of the whole host as the kernel has it. */
export interface HostSuspension {
  suspended: boolean;
  /** its end in ns since boot, as the kernel compares it; `0`: none */
  untilNs: string;
  /** until then, below 0 where that is over; undefined: until resumed */
  leftMs?: number;
  /** everything was taken out of the kernel, past the agent */
  unloaded: boolean;
  /** the kernel knew of nothing when this agent started, as after a reboot, or of nothing that an agent had put back */
  fresh: boolean;
}

export class HostSwitch {
  readonly #native: Native;
  readonly #maps: SharedMaps;
  /** tracegate-off leaves a folder of this name where it took everything out */
  readonly #mark: string;
  readonly #bpffs: string;

  constructor(native: Native, maps: SharedMaps, bpffs: string) {
    this.#native = native;
    this.#maps = maps;
    this.#mark = join(bpffs, 'off');
    this.#bpffs = bpffs;
  }

  /** Lets nothing act; the kernel itself ends it after `forMs`. */
  suspend(forMs?: number): void {
    const untilBootNs =
      forMs === undefined ? 0n : this.#native.clocks().bootNs + BigInt(Math.ceil(forMs)) * 1_000_000n;
    this.#maps.setSuspended(true, untilBootNs);
  }

  resume(): void {
    this.#maps.setSuspended(false);
    if (this.unloaded()) rmdirSync(this.#mark);
  }

  /** What the kernel goes by, whoever set it. */
  state(): HostSuspension {
    const { suspended, untilBootNs } = this.#maps.suspended();
    const leftMs =
      untilBootNs === 0n ? undefined : Number((untilBootNs - this.#native.clocks().bootNs) / 1_000_000n);
    return {
      ...{
        suspended,
        untilNs: String(untilBootNs),
        fresh: this.#maps.pinned.fresh,
        unloaded: this.unloaded(),
      },
      ...(leftMs !== undefined && { leftMs }),
    };
  }

  /** Suspensions are as an agent wrote them down: until the next reboot the kernel's word counts. */
  restored(): void {
    mkdirSync(knownMark(this.#bpffs), { recursive: true, mode: 0o700 });
  }

  /** Everything was taken out of the kernel, and nothing is to be loaded. */
  unloaded(): boolean {
    return existsSync(this.#mark);
  }

  /** Marks the host as one where nothing is to be loaded: it was so before it was started anew. */
  markUnloaded(): void {
    mkdirSync(this.#mark, { recursive: true, mode: 0o700 });
  }
}
