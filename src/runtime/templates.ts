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
import { kernelReason, type Native, type NativeObject, type NativeProgram } from './native.ts';
import type { SharedMaps } from './shared-maps.ts';
import { type Shape, shapeOf } from './specialise/constants.ts';
import { Instructions, LD_IMM64, PSEUDO } from './specialise/instruction.ts';
import { specialise } from './specialise/specialise.ts';

const BPF_F_RDONLY_PROG = 1 << 7;
const MAP_TYPE_ARRAY = 2;
interface Loaded {
  object: NativeObject;
  program: NativeProgram;
  funcInfo: { insnOff: number; typeId: number }[];
  shape: Shape;
}

/** Where the subprograms begin, by how they are reached: called, or handed to a helper as a callback. */
function subprogramsOf(insns: Buffer): { called: Set<number>; callbacks: Set<number> } {
  const code = new Instructions(insns);
  const called = new Set<number>();
  const callbacks = new Set<number>();
  for (let i = 0; i < code.count; i += code.slots(i)) {
    if (code.callsSubprogram(i)) called.add(i + 1 + code.imm(i));
    if (code.namesSubprogram(i)) callbacks.add(i + 1 + code.imm(i));
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
  const callback = text.find((f) => f.name !== SLOW);
  if (called.size === 0 && callbacks.size === 0) return [];
  return [
    of(0, main?.typeId),
    ...[...called].map((start) => of(start, slow?.typeId)),
    ...[...callbacks].map((start) => of(start, callback?.typeId)),
  ].sort((a, b) => a.insnOff - b.insnOff);
}

/** The instructions with every reference to the template's configuration map turned to another map. */
export function withConfigMap(insns: Buffer, templateFd: number, configFd: number): Buffer {
  const code = new Instructions(insns);
  for (let i = 0; i < code.count; i += code.slots(i)) {
    if (code.op(i) !== LD_IMM64 || code.imm(i) !== templateFd) continue;
    const kind = code.src(i);
    if (kind === PSEUDO.MAP_FD || kind === PSEUDO.MAP_VALUE)
      code.set(i, LD_IMM64, code.dst(i), kind, 0, configFd);
  }
  return code.bytes();
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
    const loaded = { object, program, funcInfo: funcInfoOf(program), shape: shapeOf(program.insns) };
    this.#loaded.set(template, loaded);
    return loaded;
  }

  openObject(file: string): NativeObject {
    return this.#native.openObject(join(this.#dir, file), { mapFds: this.#maps.fds });
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

  /** Loads a copy of a template with its own configuration; the caller owns the program's descriptor. */
  copy(template: Template, config: Buffer, btfId: number, name: string): number {
    const { object, program, funcInfo, shape } = this.open(template);
    if (this.#hasCast) config.writeUInt8(1, STRUCTS.tg_hook_config.fields.has_cast.offset);
    const templateFd = object.rodata?.fd as number;
    const { insns, placeOf } = specialise(shape, { fd: templateFd, bytes: config });
    const placed = funcInfo.flatMap(({ insnOff, typeId }) => {
      const place = placeOf(insnOff);
      return place === undefined ? [] : [{ insnOff: place, typeId }];
    });
    const configFd = this.#frozenMap(config);
    try {
      return this.#native.progLoad({
        type: program.type,
        expectedAttachType: program.expectedAttachType,
        attachBtfId: btfId,
        insns: withConfigMap(insns, templateFd, configFd),
        name,
        btfFd: object.btfFd,
        funcInfo: placed,
      });
    } catch (thrown) {
      throw new Fault('kernel', kernelReason(thrown), {
        cause: thrown,
        details: { log: (thrown as { log?: string }).log },
      });
    } finally {
      this.#native.closeFd(configFd); // the program holds the map
    }
  }
}
