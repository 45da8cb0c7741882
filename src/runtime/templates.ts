// SPDX-License-Identifier: Apache-2.0
/**
 * One object per program type, relocated once; a hook's program is a copy of its instructions with a frozen
 * configuration map of its own (docs/adr/0003-copies-of-programs.md).
 */
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { STRUCTS } from '../plan/layout.generated.ts';
import type { Template } from '../plan/plan.ts';
import { kernelReason, type Native, type NativeObject, type NativeProgram } from './native.ts';
import type { SharedMaps } from './shared-maps.ts';

const BPF_F_RDONLY_PROG = 1 << 7;
const MAP_TYPE_ARRAY = 2;
const INSN_BYTES = 8;
/** BPF_LD | BPF_DW | BPF_IMM: a 64-bit constant over two instructions; its source register says what it stands for. */
const LD_IMM64 = 0x18;
const PSEUDO_MAP_FD = 1;
const PSEUDO_MAP_VALUE = 2;
const PSEUDO_FUNC = 4;

interface Loaded {
  object: NativeObject;
  program: NativeProgram;
  funcInfo: { insnOff: number; typeId: number }[];
}

/** Where the object's only subprogram begins: the target of the first reference to a function. */
function subprogramAt(insns: Buffer): number | undefined {
  for (let at = 0; at < insns.length; at += INSN_BYTES) {
    if (insns[at] !== LD_IMM64) continue;
    if ((insns[at + 1] as number) >> 4 === PSEUDO_FUNC)
      return at / INSN_BYTES + insns.readInt32LE(at + 4) + 1;
  }
  return undefined;
}

function funcInfoOf(program: NativeProgram): Loaded['funcInfo'] {
  const main = program.functions.find((f) => f.section === program.section);
  const sub = program.functions.find((f) => f.section === '.text');
  const at = subprogramAt(program.insns);
  if (!main || !sub || at === undefined) return [];
  return [
    { insnOff: 0, typeId: main.typeId },
    { insnOff: at, typeId: sub.typeId },
  ];
}

/** The instructions with every reference to the template's configuration map turned to another map. */
export function withConfigMap(insns: Buffer, templateFd: number, configFd: number): Buffer {
  const copy = Buffer.from(insns);
  for (let at = 0; at < copy.length; at += INSN_BYTES) {
    if (copy[at] !== LD_IMM64) continue;
    const kind = (copy[at + 1] as number) >> 4;
    if ((kind === PSEUDO_MAP_FD || kind === PSEUDO_MAP_VALUE) && copy.readInt32LE(at + 4) === templateFd)
      copy.writeInt32LE(configFd, at + 4);
    at += INSN_BYTES;
  }
  return copy;
}

export class Templates {
  readonly #native: Native;
  readonly #dir: string;
  readonly #maps: SharedMaps;
  readonly #loaded = new Map<Template, Loaded>();

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
    const loaded = { object, program, funcInfo: funcInfoOf(program) };
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
    const { object, program, funcInfo } = this.open(template);
    const configFd = this.#frozenMap(config);
    try {
      return this.#native.progLoad({
        type: program.type,
        expectedAttachType: program.expectedAttachType,
        attachBtfId: btfId,
        insns: withConfigMap(program.insns, object.rodata?.fd as number, configFd),
        name,
        btfFd: object.btfFd,
        funcInfo,
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
