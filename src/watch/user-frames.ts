// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses in a process → the file that is mapped there, the place in it, and the function's name. Looked up when the
 * event is read: of a process that has ended by then nothing can be told, and nothing is guessed.
 */
import { readFileSync } from 'node:fs';
import { Elf, type ElfBytes } from '../kernel/elf.ts';
import { ElfFunctions } from '../kernel/elf-functions.ts';
import { openFile } from '../kernel/programs.ts';
import type { StackFrame } from '../model/event.ts';
import { startBootNsOf } from './proc-files.ts';

/** /proc tells the start in clock ticks. */
const TICK_NS = 10_000_000n;
const MAPS_MAX = 64;
/** What a process maps changes; that long it is taken as it was. */
const MAPS_FRESH_MS = 1000;
const FILES_MAX = 256;
const FUNCTIONS_MAX = 1_000_000;
/** Reading symbols must not hold the events up: in each second so much of it, then there are no names for the rest of it. */
const READING_MS = 200;
const SECOND_MS = 1000;

export const UNKNOWN_MODULE = '[unknown]';

interface Mapping {
  start: number;
  end: number;
  offset: number;
  path: string;
  /** as /proc names it */
  range: string;
  /** null: the file has none, or could not be read; absent: nobody looked yet */
  functions?: ElfFunctions | null;
}

/** What is mapped to be executed. */
export function executableMappings(text: string): Mapping[] {
  const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) \S+ \d+ *(.*)$/gm;
  return [...text.matchAll(line)].map(([, start = '', end = '', offset = '', path = '']) => ({
    ...{
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      offset: Number.parseInt(offset, 16),
    },
    ...{ path, range: `${start}-${end}` },
  }));
}

export interface StackOwner {
  pid: number;
  /** absent where nobody told; it is then taken for the one that has the number */
  startBootNs?: bigint;
}

function isStill({ pid, startBootNs }: StackOwner): boolean {
  const now = startBootNsOf(pid);
  if (now === undefined || startBootNs === undefined) return now !== undefined;
  const apart = now - startBootNs;
  return apart < TICK_NS && apart > -TICK_NS;
}

function mappingsOf(owner: StackOwner): Mapping[] {
  try {
    const text = readFileSync(`/proc/${owner.pid}/maps`, 'latin1');
    return isStill(owner) ? executableMappings(text) : [];
  } catch {
    return []; // it has ended
  }
}

export class UserFrames {
  readonly #maps = new Map<number, { owner: StackOwner; readMs: number; mappings: Mapping[] }>();
  readonly #functions = new Map<string, ElfFunctions>();
  #functionCount = 0;
  #secondMs = 0;
  #spentMs = 0;

  /** It runs another program now, or has ended. */
  forget(pid: number): void {
    this.#maps.delete(pid);
  }

  show(owner: StackOwner, addresses: readonly bigint[]): StackFrame[] {
    return addresses.map((address) => this.#frame(owner, Number(address)));
  }

  #frame(owner: StackOwner, address: number): StackFrame {
    const mapping = this.#mapsOf(owner).find(({ start, end }) => address >= start && address < end);
    if (!mapping?.path) return { module: UNKNOWN_MODULE };
    const offset = address - mapping.start + mapping.offset;
    const symbol = this.#functionsOf(owner.pid, mapping)?.at(offset);
    return {
      ...(offset !== 0 && { offset: String(offset) }),
      ...(symbol !== undefined && { symbol }),
      module: mapping.path,
    };
  }

  #mapsOf(owner: StackOwner): Mapping[] {
    const known = this.#maps.get(owner.pid);
    const nowMs = performance.now();
    if (known?.owner.startBootNs === owner.startBootNs && known && nowMs - known.readMs < MAPS_FRESH_MS)
      return known.mappings;
    const mappings = mappingsOf(owner);
    this.#maps.delete(owner.pid);
    this.#maps.set(owner.pid, { owner, readMs: nowMs, mappings });
    for (const pid of this.#maps.keys()) {
      if (this.#maps.size <= MAPS_MAX) break;
      this.#maps.delete(pid);
    }
    return mappings;
  }

  #functionsOf(pid: number, mapping: Mapping): ElfFunctions | null {
    if (mapping.functions !== undefined) return mapping.functions;
    if (!mapping.path.startsWith('/') || !this.#mayRead()) return null;
    const beganMs = performance.now();
    mapping.functions = this.#read(`/proc/${pid}/map_files/${mapping.range}`);
    this.#spentMs += performance.now() - beganMs;
    return mapping.functions;
  }

  /** By the kernel's own link to the mapped file: no path, which may lead elsewhere by now, or in another mount namespace. */
  #read(link: string): ElfFunctions | null {
    try {
      const file = openFile(link);
      try {
        return this.#functions.get(file.identity) ?? this.#keep(file.identity, functionsIn(file));
      } finally {
        file.close();
      }
    } catch {
      return null; // gone, or not to be read: the place in the file stands for itself
    }
  }

  #keep(identity: string, functions: ElfFunctions): ElfFunctions {
    this.#functionCount += functions.count;
    if (this.#functionCount > FUNCTIONS_MAX || this.#functions.size >= FILES_MAX) {
      this.#functions.clear();
      this.#functionCount = functions.count;
    }
    this.#functions.set(identity, functions);
    return functions;
  }

  #mayRead(): boolean {
    const nowMs = performance.now();
    if (nowMs - this.#secondMs >= SECOND_MS) [this.#secondMs, this.#spentMs] = [nowMs, 0];
    return this.#spentMs < READING_MS;
  }
}

function functionsIn(file: ElfBytes): ElfFunctions {
  try {
    return ElfFunctions.of(new Elf(file));
  } catch {
    return new ElfFunctions([]); // no ELF file, or one that contradicts itself: remembered, so that it is read once
  }
}
