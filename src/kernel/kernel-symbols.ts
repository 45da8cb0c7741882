// SPDX-License-Identifier: Apache-2.0
/** The kernel's functions by their addresses, from /proc/kallsyms and /proc/modules. */
import { readFileSync } from 'node:fs';

/** Of x86-64 the kernel's code and that of its modules lie in the last two gigabytes: the lower half of an address tells. */
const UPPER_DIGITS = 8;
const ADDRESS_DIGITS = 16;
const UPPER = 0xffffffffn;
const NEWLINE = 10;
const NAME_AT = ADDRESS_DIGITS + 3;
const GLOBAL_TEXT = 'T'.charCodeAt(0);
const TEXT_KINDS: readonly number[] = [...'tTwW'].map((letter) => letter.charCodeAt(0));

export interface KernelFrame {
  symbol: string;
  offset: number;
}

interface Range {
  start: number;
  end: number;
}

interface Line {
  low: number;
  global: boolean;
  nameAt: number;
}

function hexAt(bytes: Buffer, at: number, digits: number): number {
  return Number.parseInt(bytes.toString('latin1', at, at + digits), 16);
}

/** Functions only; what is shown at address 0 to whoever may not see addresses is none. */
function textLines(bytes: Buffer): Line[] {
  const lines: Line[] = [];
  for (let at = 0; at + NAME_AT < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at);
    const kind = bytes[at + ADDRESS_DIGITS + 1] ?? 0;
    if (TEXT_KINDS.includes(kind) && bytes[at] === 0x66 /* f */) {
      const low = hexAt(bytes, at + UPPER_DIGITS, ADDRESS_DIGITS - UPPER_DIGITS);
      lines.push({ low, global: kind === GLOBAL_TEXT, nameAt: at + NAME_AT });
    }
    if (end < 0) break;
    at = end + 1;
  }
  return lines.sort((a, b) => a.low - b.low || Number(b.global) - Number(a.global));
}

function moduleRanges(text: string): Range[] {
  return text.split('\n').flatMap((line) => {
    const [, size, , , , address = ''] = line.split(' ');
    const start = hexAt(Buffer.from(address), 2 + UPPER_DIGITS, ADDRESS_DIGITS - UPPER_DIGITS);
    return start > 0 ? [{ start, end: start + Number(size) }] : [];
  });
}

export class KernelSymbols {
  readonly #lows: Uint32Array;
  readonly #names: string[];
  readonly #ranges: Range[];

  constructor(kallsyms: Buffer, modules: string) {
    const lines = textLines(kallsyms);
    this.#lows = Uint32Array.from(lines, ({ low }) => low);
    this.#names = lines.map(({ nameAt }) => nameIn(kallsyms, nameAt));
    const named = (name: string) => this.#lows[this.#names.indexOf(name)];
    const [start, end] = [named('_stext'), named('_etext')];
    const core = start !== undefined && end !== undefined ? [{ start, end }] : [];
    this.#ranges = [...core, ...moduleRanges(modules)];
  }

  /** False where the kernel shows its addresses to nobody, or not to us. */
  get known(): boolean {
    return this.#lows.length > 0;
  }

  #rangeOf(address: bigint): Range | undefined {
    if (address >> 32n !== UPPER) return undefined;
    const low = Number(address & UPPER);
    return this.#ranges.find(({ start, end }) => low >= start && low < end);
  }

  /** Code of the kernel or of one of its modules; not what a BPF program was made into. */
  isText(address: bigint): boolean {
    return this.#rangeOf(address) !== undefined;
  }

  at(address: bigint): KernelFrame | undefined {
    const range = this.#rangeOf(address);
    if (!range) return undefined;
    const low = Number(address & UPPER);
    const found = this.#lastUpTo(low);
    const from = this.#lows[found] ?? 0;
    if (found < 0 || from < range.start) return undefined;
    // of several names of one place the first, which is a global one where there is one
    const first = this.#lastUpTo(from - 1) + 1;
    return { symbol: this.#names[first] as string, offset: low - from };
  }

  #lastUpTo(low: number): number {
    let [from, to] = [0, this.#lows.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.#lows[middle] as number) <= low) from = middle + 1;
      else to = middle;
    }
    return from - 1;
  }
}

/** Up to the tab before a module's name, or the end of the line. */
function nameIn(bytes: Buffer, at: number): string {
  let end = at;
  while (end < bytes.length && bytes[end] !== NEWLINE && bytes[end] !== 9) end++;
  return bytes.toString('latin1', at, end);
}

function fileOr(name: string): Buffer {
  try {
    return readFileSync(name);
  } catch {
    return Buffer.alloc(0); // no modules, or nothing to be seen: then nothing is known
  }
}

const CHECKED_MS = 5000;

/** The running kernel's. Read when they are first asked for, and again when its modules have changed. */
export class RunningKernel {
  #symbols: KernelSymbols | undefined;
  #modules = '';
  #checkedMs = 0;

  get symbols(): KernelSymbols {
    const nowMs = performance.now();
    if (this.#symbols && nowMs - this.#checkedMs < CHECKED_MS) return this.#symbols;
    this.#checkedMs = nowMs;
    const modules = fileOr('/proc/modules').toString('latin1');
    // how often a module is used changes all the time
    const lying = modules.replace(/^(\S+ \d+) .* (0x\w+).*$/gm, '$1 $2');
    if (!this.#symbols || lying !== this.#modules)
      this.#symbols = new KernelSymbols(fileOr('/proc/kallsyms'), modules);
    this.#modules = lying;
    return this.#symbols;
  }
}
