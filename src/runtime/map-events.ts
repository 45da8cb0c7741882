// SPDX-License-Identifier: Apache-2.0
/** One perf event per CPU that asks for mappings with build ids: the kernel looks for these only while somebody asks. */
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import { TG_MARK } from '../plan/layout.generated.ts';
import { kernelReason, type Native } from './native.ts';

const ONLINE_FILE = '/sys/devices/system/cpu/online';

/** `0-3,6` → 0, 1, 2, 3, 6. */
export function cpusOf(list: string): number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = 0, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

export class MapEvents {
  readonly #native: Native;
  #fds: number[] = [];

  constructor(native: Native) {
    this.#native = native;
  }

  /** Opens them, or closes them, where they are not as wanted. Throws Fault `kernel` with the kernel's reason; then none is open. */
  keep(wanted: boolean): void {
    if (!wanted) this.#close();
    else if (this.#fds.length === 0) this.#open();
  }

  #open(): void {
    try {
      for (const cpu of cpusOf(readFileSync(ONLINE_FILE, 'utf8')))
        this.#fds.push(this.#native.openMapEvent(cpu, TG_MARK.TG_MAP_MARK));
    } catch (thrown) {
      this.#close();
      throw new Fault('kernel', `mapped files cannot be watched: ${kernelReason(thrown)}`, { cause: thrown });
    }
  }

  #close(): void {
    for (const fd of this.#fds) this.#native.closeFd(fd);
    this.#fds = [];
  }
}
