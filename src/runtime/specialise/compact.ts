// SPDX-License-Identifier: Apache-2.0
/** The kept instructions moved together, with every distance between them made right. */
import { INSN_BYTES, type Instructions, LD_IMM64 } from './instruction.ts';

/** Instructions that grow to two slots, and the constants they then hold. */
export type Wide = ReadonlyMap<number, bigint>;

/** The place of each instruction in the result; one that is left out stands for the next that is kept. */
function placesOf(code: Instructions, kept: readonly number[], wide: Wide): Int32Array {
  const places = new Int32Array(code.count + 1);
  let place = 0;
  let filled = 0;
  for (const i of kept) {
    places.fill(place, filled, i + 1);
    filled = i + 1;
    place += wide.has(i) ? 2 : code.slots(i);
  }
  places.fill(place, filled);
  return places;
}

/** A jump to the next kept instruction does nothing. */
function withoutJumpsToNext(code: Instructions, kept: readonly number[], wide: Wide): number[] {
  const places = placesOf(code, kept, wide);
  return kept.filter((i) => !code.isJump(i) || places[code.target(i)] !== (places[i] as number) + 1);
}

function writeWide(insns: Buffer, at: number, dst: number, value: bigint): void {
  insns[at] = LD_IMM64;
  insns[at + 1] = dst;
  insns.writeInt32LE(Number(BigInt.asIntN(32, value)), at + 4);
  insns.writeInt32LE(Number(BigInt.asIntN(32, value >> 32n)), at + INSN_BYTES + 4);
}

/** `keep` in the program's order. `placeOf` leads from an instruction's index to its new one. */
export function compact(
  code: Instructions,
  keep: readonly number[],
  wide: Wide,
): { insns: Buffer; placeOf: (i: number) => number } {
  const kept = withoutJumpsToNext(code, keep, wide);
  const places = placesOf(code, kept, wide);
  const placeOf = (i: number) => places[i] as number;
  const insns = Buffer.alloc(placeOf(code.count) * INSN_BYTES);
  for (const i of kept) {
    const to = placeOf(i) * INSN_BYTES;
    const constant = wide.get(i);
    if (constant !== undefined) writeWide(insns, to, code.dst(i), constant);
    else for (let slot = 0; slot < code.slots(i); slot++) code.write(i + slot, insns, to + slot * INSN_BYTES);
    if (code.isJump(i) || code.isBranch(i))
      insns.writeInt16LE(placeOf(code.target(i)) - placeOf(i) - 1, to + 2);
    if (code.callsSubprogram(i) || code.namesSubprogram(i))
      insns.writeInt32LE(placeOf(i + 1 + code.imm(i)) - placeOf(i) - 1, to + 4);
  }
  return { insns, placeOf };
}
