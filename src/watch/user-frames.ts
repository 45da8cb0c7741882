// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses in a process → the file that is mapped there, the place in it, and the function's name. Looked up when the
 * event is read: of a process that has ended by then nothing can be told. One that has started another program in between, which
 * was not told of yet, is seen with what that one maps.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { Elf, type ElfBytes } from '../kernel/elf.ts';
import { ElfFunctions } from '../kernel/elf-functions.ts';
import { openProcessFile } from '../kernel/programs.ts';
import type { StackFrame } from '../model/event.ts';
import { startBootNsOf } from './proc-files.ts';
import { ReadingTime } from './reading-time.ts';

/** /proc tells the start in clock ticks. */
const TICK_NS = 10_000_000n;
const MAPS_MAX = 64;
/** What a process maps changes; that long it is taken as it was. */
const MAPS_FRESH_MS = 1000;
const FILES_MAX = 256;
/** Of the functions of all of them. */
const FUNCTIONS_BYTES_MAX = 128 << 20;
/** Any process may map more than anybody would read: what lies behind that is not known. */
const MAPS_BYTES_MAX = 1 << 20;
const MAPPINGS_MAX = 4096;
/** Reading must not hold the events up: what was not read in that time is not told. Of what is mapped, and of the files, which cost more. */
const MAPS_MS = 100;
const FILES_MS = 100;

export const UNKNOWN_MODULE = '[unknown]';

interface Mapping {
  start: number;
  end: number;
  offset: number;
  path: string;
  /** as /proc names it */
  range: string;
  /** identity of the file; null: it could not be read; absent: nobody looked yet */
  file?: string | null;
}

/** What is mapped to be executed, the first of it. */
export function executableMappings(text: string): Mapping[] {
  const line = /^([0-9a-f]+)-([0-9a-f]+) ..x. ([0-9a-f]+) \S+ \d+ *(.*)$/gm;
  const found = text.matchAll(line).take(MAPPINGS_MAX);
  return Array.from(found, ([, start = '', end = '', offset = '', path = '']) => ({
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

/** The whole lines at the beginning of a file of /proc, which does not tell its size. */
export function firstLines(path: string, bytesMax = MAPS_BYTES_MAX): string {
  const bytes = Buffer.alloc(bytesMax);
  const fd = openSync(path, 'r');
  let length = 0;
  try {
    for (let got = -1; got !== 0 && length < bytesMax; length += got)
      got = readSync(fd, bytes, length, bytesMax - length, null);
  } finally {
    closeSync(fd);
  }
  return bytes.toString('latin1', 0, bytes.lastIndexOf('\n', length - 1) + 1);
}

function mappingsOf(owner: StackOwner): Mapping[] {
  try {
    const text = firstLines(`/proc/${owner.pid}/maps`);
    return isStill(owner) ? executableMappings(text) : [];
  } catch {
    return []; // it has ended
  }
}

/** What reading may take. */
export interface ReadingLimits {
  mapsEachSecondMs: number;
  filesEachSecondMs: number;
  functionsBytes: number;
}

const LIMITS: ReadingLimits = {
  mapsEachSecondMs: MAPS_MS,
  filesEachSecondMs: FILES_MS,
  functionsBytes: FUNCTIONS_BYTES_MAX,
};

export class UserFrames {
  readonly #limits: ReadingLimits;
  readonly #nowMs: () => number;
  readonly #mapsTime: ReadingTime;
  readonly #filesTime: ReadingTime;
  readonly #maps = new Map<number, { owner: StackOwner; readMs: number; mappings: Mapping[] }>();
  /** the only place that holds them, so that they are gone when it lets go */
  readonly #functions = new Map<string, ElfFunctions>();
  #functionsBytes = 0;

  constructor(limits: Partial<ReadingLimits> = {}, nowMs = () => performance.now()) {
    this.#limits = { ...LIMITS, ...limits };
    this.#nowMs = nowMs;
    this.#mapsTime = new ReadingTime(this.#limits.mapsEachSecondMs, nowMs);
    this.#filesTime = new ReadingTime(this.#limits.filesEachSecondMs, nowMs);
  }

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
    const nowMs = this.#nowMs();
    if (known?.owner.startBootNs === owner.startBootNs && known && nowMs - known.readMs < MAPS_FRESH_MS)
      return known.mappings;
    if (!this.#mapsTime.isLeft()) return [];
    const mappings = this.#mapsTime.spend(() => mappingsOf(owner));
    this.#maps.delete(owner.pid);
    this.#maps.set(owner.pid, { owner, readMs: nowMs, mappings });
    for (const pid of this.#maps.keys()) {
      if (this.#maps.size <= MAPS_MAX) break;
      this.#maps.delete(pid);
    }
    return mappings;
  }

  #functionsOf(pid: number, mapping: Mapping): ElfFunctions | null {
    const known = mapping.file && this.#functions.get(mapping.file);
    if (known || mapping.file === null) return known || null;
    if (!mapping.path.startsWith('/') || !this.#filesTime.isLeft()) return null;
    return this.#filesTime.spend(() => this.#read(pid, mapping));
  }

  /** By the kernel's own link to the mapped file: no path, which may lead elsewhere by now, or in another mount namespace. */
  #read(pid: number, mapping: Mapping): ElfFunctions | null {
    mapping.file = null;
    try {
      const file = openProcessFile(`/proc/${pid}/map_files/${mapping.range}`, pid);
      try {
        mapping.file = file.identity;
        return this.#functions.get(file.identity) ?? this.#keep(file.identity, functionsIn(file));
      } finally {
        file.close();
      }
    } catch {
      return null; // gone, or not to be read: the place in the file stands for itself
    }
  }

  #keep(identity: string, functions: ElfFunctions): ElfFunctions {
    this.#functionsBytes += functions.sizeBytes;
    if (this.#functionsBytes > this.#limits.functionsBytes || this.#functions.size >= FILES_MAX) {
      this.#functions.clear();
      this.#functionsBytes = functions.sizeBytes;
    }
    this.#functions.set(identity, functions);
    return functions;
  }
}

function functionsIn(file: ElfBytes): ElfFunctions {
  try {
    return ElfFunctions.of(new Elf(file));
  } catch {
    return new ElfFunctions([]); // no ELF file, or one that contradicts itself: remembered, so that it is read once
  }
}
