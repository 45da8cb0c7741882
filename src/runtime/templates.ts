// SPDX-License-Identifier: Apache-2.0
/**
 * One object per program type, relocated once; a hook's program is a copy of its instructions with a frozen
 * configuration map of its own (docs/adr/0003-copies-of-programs.md).
 */
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { KIND } from '../kernel/btf.ts';
import { kernelBtf } from '../kernel/facts.ts';
import { STRUCTS } from '../plan/layout.generated.ts';
import type { Template } from '../plan/plan.ts';
import { CALL, INSN_BYTES, LD_IMM64, PSEUDO_CALL, PSEUDO_FUNC } from './instruction-codes.ts';
import { WHEN_USED } from './map-shapes.ts';
import { mergePrograms } from './merge-programs.ts';
import {
  kernelReason,
  type Native,
  type NativeObject,
  type NativeProgram,
  type NativeTemplate,
} from './native.ts';
import type { SharedMaps } from './shared-maps.ts';

const BPF_F_RDONLY_PROG = 1 << 7;
/** What nobody has asked for another element than the first of: bpf/include/act.h, throttle.h. */
const SINGLE = ['tg_control', 'tg_protected_bits', 'tg_cgroup_rate'] as const;
const MAP_TYPE_ARRAY = 2;
interface Loaded {
  object: NativeObject;
  program: NativeProgram;
  template: NativeTemplate;
  funcInfo: { insnOff: number; typeId: number }[];
}

/** They ask the kernel for what it may have to read from a disk. */
const SLEEPING: ReadonlySet<Template> = new Set(['lsm_hash']);

/** Of several in one program, the first answer other than 0 is the answer. */
const DECIDING: ReadonlySet<Template> = new Set(['fmod_ret', 'lsm', 'walk']);

export interface OpenOptions {
  without?: string[];
  mapFds?: Record<string, number>;
}

interface Copy {
  insns: Buffer;
  functions: Loaded['funcInfo'];
  configFd: number;
}

interface Loading {
  sleeps: boolean;
  insns: Buffer;
  functions: Loaded['funcInfo'];
  btfId: number;
  name: string;
}

/** Where the subprograms begin, by how they are reached: called, or handed to a helper as a callback. */
function subprogramsOf(insns: Buffer): { called: Set<number>; callbacks: Set<number> } {
  const called = new Set<number>();
  const callbacks = new Set<number>();
  for (let at = 0; at < insns.length; at += INSN_BYTES) {
    const op = insns[at];
    if (op !== CALL && op !== LD_IMM64) continue;
    const source = (insns[at + 1] as number) >> 4;
    const start = at / INSN_BYTES + 1 + insns.readInt32LE(at + 4);
    if (op === CALL && source === PSEUDO_CALL) called.add(start);
    if (op === LD_IMM64 && source === PSEUDO_FUNC) callbacks.add(start);
    if (op === LD_IMM64) at += INSN_BYTES; // it takes two slots
  }
  return { called, callbacks };
}

/** The name of the one subprogram that a program's entry calls when the quick look does not settle it. */
const SLOW = 'slow';

/** The kernel wants the type of every function once a program hands one of them out as a callback. */
function funcInfoOf(program: NativeProgram): Loaded['funcInfo'] {
  const { called, callbacks } = subprogramsOf(program.insns);
  const of = (start: number, typeId: number | undefined) => {
    if (typeId === undefined)
      throw new Fault('kernel', `${program.name}: the type of a subprogram is not known`);
    return { insnOff: start, typeId };
  };
  const main = program.functions.find((f) => f.section === program.section);
  const text = program.functions.filter((f) => f.section === '.text');
  const slow = text.find((f) => f.name === SLOW);
  // callbacks are alike: a number and a pointer in, a number out
  const callback = text.find((f) => f.name !== SLOW);
  if (called.size === 0 && callbacks.size === 0) return [];
  return [
    of(0, main?.typeId),
    ...[...called].map((start) => of(start, slow?.typeId)),
    ...[...callbacks].map((start) => of(start, callback?.typeId)),
  ].sort((a, b) => a.insnOff - b.insnOff);
}

/** Where the functions of a template begin in a copy of it, without those that were left out. */
function placedIn(funcInfo: Loaded['funcInfo'], places: number[]): Loaded['funcInfo'] {
  return funcInfo
    .map(({ typeId }, k) => ({ insnOff: places[k] as number, typeId }))
    .filter(({ insnOff }) => insnOff >= 0);
}

const PSEUDO_MAP_FD = 1;

/** Has a copy use another map than its template, where it uses that at all. */
function withMap(insns: Buffer, templateFd: number, other: () => number): void {
  const wanted = Buffer.alloc(4);
  wanted.writeInt32LE(templateFd);
  for (let at = insns.indexOf(wanted); at >= 0; at = insns.indexOf(wanted, at + 1)) {
    const insn = at - 4; // the number stands in the second half of it
    if (insn % INSN_BYTES !== 0 || insns[insn] !== LD_IMM64) continue;
    if ((insns[insn + 1] as number) >> 4 === PSEUDO_MAP_FD) insns.writeInt32LE(other(), at);
  }
}

/** Which joint program a copy is in; a slot of the policies' map says which of two posts and kills. */
export interface JointId {
  slot: number;
  generation: number;
}

function jointConfig(config: Buffer, { slot, generation }: JointId): Buffer {
  const { joint_slot, joint_generation } = STRUCTS.tg_hook_config.fields;
  const own = Buffer.from(config);
  own.writeUInt32LE(slot, joint_slot.offset);
  own.writeUInt32LE(generation, joint_generation.offset);
  return own;
}

export class Templates {
  readonly #native: Native;
  readonly #dir: string;
  readonly #maps: SharedMaps;
  readonly #loaded = new Map<Template, Loaded>();
  readonly #hasCast = kernelBtf()?.find(KIND.FUNC, 'bpf_rdonly_cast') !== undefined;

  constructor(native: Native, root: string, maps: SharedMaps) {
    this.#native = native;
    this.#dir = join(root, 'build/bpf');
    this.#maps = maps;
  }

  /** Opens and relocates a template, once. Throws what the kernel says when it takes no such program. */
  open(template: Template): Loaded {
    const known = this.#loaded.get(template);
    if (known) return known;
    const object = this.openObject(`${template}.bpf.o`);
    const program = object.programs[0] as NativeProgram;
    const expected = STRUCTS.tg_hook_config.size;
    if (object.rodata?.sizeBytes !== expected) {
      throw new Fault(
        'kernel',
        `${template}.bpf.o has a configuration of ${object.rodata?.sizeBytes} bytes, this program expects ${expected}: build both anew`,
      );
    }
    const prepared = this.#native.prepareTemplate(program.insns);
    const loaded = { object, program, template: prepared, funcInfo: funcInfoOf(program) };
    this.#loaded.set(template, loaded);
    return loaded;
  }

  /** With the maps that all programs share, and those of `mapFds`; `without` these of its programs. */
  openObject(file: string, { without = [], mapFds = {} }: OpenOptions = {}): NativeObject {
    return this.#native.openObject(join(this.#dir, file), {
      mapFds: { ...mapFds, ...this.#maps.fds },
      constants: this.#constants(Buffer.alloc(STRUCTS.tg_hook_config.size)),
      without,
    });
  }

  /** What is true of this kernel, whatever the program is for: put into `config`. */
  #constants(config: Buffer): Buffer {
    if (this.#hasCast) config.writeUInt8(1, STRUCTS.tg_hook_config.fields.has_cast.offset);
    return config;
  }

  #frozenMap(config: Buffer): number {
    const fd = this.#native.mapCreate({
      type: MAP_TYPE_ARRAY,
      name: 'tg_config',
      keySizeBytes: 4,
      valueSizeBytes: config.length,
      maxEntries: 1,
      flags: BPF_F_RDONLY_PROG,
    });
    this.#native.mapUpdate(fd, Buffer.alloc(4), config);
    this.#native.mapFreeze(fd);
    return fd;
  }

  /** A copy of a template with its own configuration, whose map's descriptor the caller closes. */
  #specialised(template: Template, config: Buffer): Copy {
    const { object, template: prepared, funcInfo } = this.open(template);
    this.#constants(config);
    const configFd = this.#frozenMap(config);
    const wanted = funcInfo.map((f) => f.insnOff);
    const single = SINGLE.map((name) => object.maps[name]).filter((fd) => fd !== undefined);
    const templateFd = object.rodata?.fd as number;
    const from = { templateFd, fd: configFd, bytes: config, wanted, single };
    try {
      const { insns, places } = this.#native.specialise(prepared, from);
      for (const name of WHEN_USED) {
        const fd = object.maps[name];
        if (fd !== undefined) withMap(insns, fd, () => this.#maps.pinned.made(name));
      }
      return { insns, functions: placedIn(funcInfo, places), configFd };
    } catch (thrown) {
      this.#native.closeFd(configFd);
      throw thrown;
    }
  }

  #load({ object, program }: Loaded, { insns, functions, btfId, name, sleeps }: Loading): number {
    try {
      return this.#native.progLoad({
        type: program.type,
        expectedAttachType: program.expectedAttachType,
        attachBtfId: btfId,
        sleeps,
        insns,
        name,
        btfFd: object.btfFd,
        funcInfo: functions,
      });
    } catch (thrown) {
      throw new Fault('kernel', kernelReason(thrown), {
        cause: thrown,
        details: { log: (thrown as { log?: string }).log },
      });
    }
  }

  /** Loads a copy of a template with its own configuration; the caller owns the program's descriptor. */
  copy(template: Template, config: Buffer, btfId: number, name: string): number {
    const loaded = this.open(template);
    const copy = this.#specialised(template, config);
    try {
      return this.#load(loaded, { ...copy, btfId, name, sleeps: SLEEPING.has(template) });
    } finally {
      this.#native.closeFd(copy.configFd); // the program holds the map
    }
  }

  /** Loads copies of a template, one of each configuration, as one program: that `generation` of what `slot` stands for. */
  joint(template: Template, configs: readonly Buffer[], btfId: number, as: JointId): number {
    const loaded = this.open(template);
    const typeOf = (name: string) => loaded.program.functions.find((f) => f.name === name)?.typeId;
    const copies: Copy[] = [];
    try {
      for (const config of configs) copies.push(this.#specialised(template, jointConfig(config, as)));
      const { insns, funcInfo } = mergePrograms(copies, {
        decides: DECIDING.has(template),
        types: { entry: typeOf(loaded.program.name) ?? 0, part: typeOf(SLOW) ?? 0 },
      });
      return this.#load(loaded, {
        insns,
        functions: funcInfo,
        btfId,
        sleeps: SLEEPING.has(template),
        name: `tg_all_${template}`.slice(0, 15),
      });
    } finally {
      for (const { configFd } of copies) this.#native.closeFd(configFd);
    }
  }
}
