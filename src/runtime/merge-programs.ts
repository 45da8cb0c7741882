// SPDX-License-Identifier: Apache-2.0
/**
 * Many copies as one program: its entry calls each of them in turn. A kernel function takes 38 programs of all kinds
 * (BPF_MAX_TRAMP_LINKS); one that many policies hook holds one such program instead.
 */
import { INSN_BYTES, LD_IMM64, PSEUDO_FUNC } from './instruction-codes.ts';

/** A specialised copy: its entry comes first. */
export interface Part {
  insns: Buffer;
  /** where its further functions begin, and their types */
  functions: { insnOff: number; typeId: number }[];
}

export interface Joint {
  /** the first answer that is not 0 is the answer of all */
  decides: boolean;
  /** of the entry, and of a static function, which the parts become */
  types: { entry: number; part: number };
}

function insn(code: number, registers: number, off: number, imm: number): Buffer {
  const bytes = Buffer.alloc(INSN_BYTES);
  bytes.writeUInt8(code, 0);
  bytes.writeUInt8(registers, 1);
  bytes.writeInt16LE(off, 2);
  bytes.writeInt32LE(imm, 4);
  return bytes;
}

const RETURN_0 = [insn(0xb7, 0x00, 0, 0), insn(0x95, 0, 0, 0)];

/** The context is kept in r6: each part takes it in r1. */
const BEGIN = [insn(0xbf, 0x16, 0, 0)];

/** The instructions that call one part: where it lies is known when all of them are counted. */
const callsOf = ({ decides }: Joint, distance: number): Buffer[] => [
  insn(0xbf, 0x61, 0, 0), // r1 = r6
  insn(0x85, 0x10, 0, distance),
  ...(decides ? [insn(0x15, 0x00, 1, 0), insn(0x95, 0, 0, 0)] : []),
];

function handsOutFunctions(insns: Buffer): boolean {
  for (let at = 0; at < insns.length; at += INSN_BYTES) {
    if (insns[at] !== LD_IMM64) continue;
    if ((insns[at + 1] as number) >> 4 === PSEUDO_FUNC) return true;
    at += INSN_BYTES;
  }
  return false;
}

/** `funcInfo` is empty where the kernel does not ask for it. */
export function mergePrograms(
  parts: readonly Part[],
  joint: Joint,
): { insns: Buffer; funcInfo: { insnOff: number; typeId: number }[] } {
  const perCall = callsOf(joint, 0).length;
  const starts: number[] = [];
  let place = BEGIN.length + parts.length * perCall + RETURN_0.length;
  for (const { insns } of parts) {
    starts.push(place);
    place += insns.length / INSN_BYTES;
  }
  const calls = starts.flatMap((start, k) => {
    const call = BEGIN.length + k * perCall + 1;
    return callsOf(joint, start - call - 1);
  });
  const insns = Buffer.concat([...BEGIN, ...calls, ...RETURN_0, ...parts.map((part) => part.insns)]);
  if (!handsOutFunctions(insns)) return { insns, funcInfo: [] };
  const funcInfo = parts.flatMap(({ functions }, k) => {
    const start = starts[k] as number;
    const own = functions.map(({ insnOff, typeId }) => ({ insnOff: start + insnOff, typeId }));
    return [{ insnOff: start, typeId: joint.types.part }, ...own.filter((f) => f.insnOff > start)];
  });
  return { insns, funcInfo: [{ insnOff: 0, typeId: joint.types.entry }, ...funcInfo] };
}
