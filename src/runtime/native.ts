// SPDX-License-Identifier: Apache-2.0
/**
 * The libbpf addon, typed. The only importer of it: everything else in the runtime goes through here. Failures throw
 * with `errno` and, for loads, the verifier's `log`.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Fault } from '../errors.ts';

export interface NativeProgram {
  name: string;
  section: string;
  type: number;
  expectedAttachType: number;
  fd: number;
  insns: Buffer;
  functions: { section: string; name: string; offsetBytes: number; typeId: number }[];
}

export interface NativeObject {
  maps: Record<string, number>;
  rodata?: { fd: number; sizeBytes: number };
  btfFd: number;
  programs: NativeProgram[];
}

export interface MapShape {
  type: number;
  keySizeBytes: number;
  valueSizeBytes: number;
  maxEntries: number;
  /** BPF_F_…, none where it is left out */
  flags?: number;
}

export interface ProgramInfo {
  id: number;
  type: number;
  name: string;
  tag: string;
  jitedBytes: number;
  verifiedInsns: number;
}

/** programs, maps, links, BTF */
export type ObjectKind = 1 | 2 | 3 | 4;

export interface ObjectInfo {
  /** struct bpf_prog_info, bpf_map_info, bpf_link_info or bpf_btf_info, as far as the kernel fills it */
  info: Buffer;
  mapIds?: number[];
  /** what a link hangs on, where that has a name; the name of a program whose own is longer than the kernel keeps */
  text?: string;
}

/** A program that copies are made of, analysed once. */
export type NativeTemplate = { readonly nativeTemplate: unique symbol };

export interface Specialised {
  insns: Buffer;
  /** where each wanted instruction, or the next that is kept, now is; -1: never reached */
  places: number[];
}

export interface FileAttach {
  path: string;
  offset: number;
  refCtrOffset: number;
  atReturn: boolean;
}

export interface Ring {
  /** Reads what is there now, without waiting for a wake-up; for no longer than some 50 ms. */
  drain(): void;
  close(): void;
}

export interface Native {
  /** Throws when a jump or the end leads out of the program. */
  prepareTemplate(insns: Buffer): NativeTemplate;
  /** The template with the bytes behind the map `templateFd` put in; what is left of its addresses leads to the map `fd`. `wanted`: instructions of the template. `single`: maps of one element, as the template names them, whose element is taken by its address. */
  specialise(
    template: NativeTemplate,
    config: { templateFd: number; fd: number; bytes: Buffer; wanted: number[]; single: number[] },
  ): Specialised;
  openObject(
    path: string,
    options: { mapFds: Record<string, number>; constants?: Buffer; without?: string[] },
  ): NativeObject;
  progLoad(options: {
    type: number;
    expectedAttachType: number;
    attachBtfId: number;
    sleeps?: boolean;
    insns: Buffer;
    name: string;
    btfFd: number;
    funcInfo: { insnOff: number; typeId: number }[];
  }): number;
  mapCreate(options: MapShape & { name: string; flags: number }): number;
  mapInfo(fd: number): MapShape & { id: number };
  mapFreeze(fd: number): void;
  mapUpdate(fd: number, key: Buffer, value: Buffer): void;
  mapLookup(fd: number, key: Buffer, valueSizeBytes: number): Buffer | undefined;
  mapDelete(fd: number, key: Buffer): boolean;
  /** Keys and values by turns; what comes and goes meanwhile may be left out. */
  mapEntries(fd: number, keySizeBytes: number, valueSizeBytes: number, most: number): Buffer;
  pin(fd: number, path: string): void;
  getPinned(path: string): number;
  closeFd(fd: number): void;
  attachTracing(progFd: number): number;
  attachRawTracepoint(progFd: number, name: string): number;
  attachTracepoint(progFd: number, tracepointId: number): number;
  attachUprobe(progFd: number, place: FileAttach & { pmuType: number; returnBit: number }): number;
  attachUprobeMulti(progFd: number, place: FileAttach): number;
  openMapEvent(cpu: number, mark: number): number;
  progInfo(fd: number): ProgramInfo;
  linkInfo(fd: number): { id: number; type: number; progId: number };
  testRun(progFd: number, args?: number[]): number;
  mountBpffs(path: string): void;
  mountTracefs(path: string): void;
  clocks(): { realNs: bigint; bootNs: bigint };
  possibleCpus(): number;
  /** Throws with `errno` 1 where the process may not look objects up by their ids. */
  objectIds(kind: ObjectKind): number[];
  /** Undefined: it has gone. */
  objectInfo(kind: ObjectKind, id: number): ObjectInfo | undefined;
  pinnedObject(path: string): { kind: ObjectKind; id: number };
  attachIter(progFd: number): number;
  openIter(linkFd: number): number;
  missedRuns(progFd: number): number;
  /** The bytes of a batch are written over after the call. */
  Ring: new (
    mapFd: number,
    onBatch: (memory: Buffer, lengthBytes: number) => void,
  ) => Ring;
}

export interface NativeFailure extends Error {
  errno?: number;
  log?: string;
}

/** Loads the addon built under `build/`. Throws Fault `kernel` when it is not there. */
export function loadNative(root: string): Native {
  const file = join(root, 'build/tracegate_bpf.node');
  if (!existsSync(file)) {
    throw new Fault(
      'kernel',
      `the eBPF addon is not built (${file}): run the set-up as root on a machine with a compiler, clang and libbpf`,
    );
  }
  return createRequire(import.meta.url)(file) as Native;
}

const NOISE =
  /^(processed \d+ insns|verification time|stack depth|mark_precise|libbpf: (-- (BEGIN|END)|prog '.*': (BPF program load failed|failed to load)|failed to load object|permission error))/;

/** The last line of a verifier log that says something, or the error itself. */
export function kernelReason(thrown: unknown): string {
  const failure = thrown as NativeFailure;
  const lines = (failure.log ?? '')
    .split('\n')
    .map((l) => l.trim())
    .filter((l) => l && !NOISE.test(l));
  const last = lines.at(-1)?.replace(/^libbpf: /, '');
  return last ? `${failure.message}: ${last}` : failure.message;
}
