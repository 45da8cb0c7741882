// SPDX-License-Identifier: Apache-2.0
/**
 * Makes a wasm module stoppable: every turn of a loop, and every entry of a function that calls others, takes one unit
 * from a counter, and below zero it traps; what neither calls nor loops is over after as many steps as it is long. Nothing else can interrupt a synchronous call, and a counter, unlike a clock, stops the same
 * evaluation at the same place everywhere. The counter is a new global, appended so that no index moves.
 */
import { Bytes, leb } from './wasm-bytes.ts';
import { skipInstruction } from './wasm-opcodes.ts';

/** The name under which the counter is exported. */
export const FUEL_EXPORT = 'tracegate_fuel';

const SECTION = { import: 2, global: 6, export: 7, code: 10 } as const;
const KIND_GLOBAL = 3;
const OP_LOOP = 0x03;
const OP_CALL = 0x10;
const OP_CALL_INDIRECT = 0x11;
const FULL_TANK = 0x7fffffff;

interface Section {
  id: number;
  payload: Uint8Array;
}

/** The module with the counter built in; throws RangeError or Error where the bytes are no module it understands. */
export function meter(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const sections = readSections(module);
  for (const id of Object.values(SECTION)) find(sections, id);
  const fuelIndex = importedGlobals(find(sections, SECTION.import)) + count(find(sections, SECTION.global));
  const charge = chargeFor(fuelIndex);
  const rewritten = sections.map(({ id, payload }) => {
    if (id === SECTION.global)
      return { id, payload: append(payload, [0x7f, 0x01, 0x41, ...leb(FULL_TANK, 'signed'), 0x0b]) };
    if (id === SECTION.export) return { id, payload: append(payload, exportEntry(fuelIndex)) };
    if (id === SECTION.code) return { id, payload: meterCode(payload, charge) };
    return { id, payload };
  });
  const parts: Uint8Array[] = [module.subarray(0, 8)];
  for (const { id, payload } of rewritten) parts.push(Uint8Array.from([id, ...leb(payload.length)]), payload);
  return new Uint8Array(Buffer.concat(parts));
}

function readSections(module: Uint8Array): Section[] {
  const bytes = new Bytes(module, 8);
  const sections: Section[] = [];
  while (!bytes.atEnd()) {
    const id = bytes.byte();
    sections.push({ id, payload: bytes.take(bytes.u32()) });
  }
  return sections;
}

function find(sections: Section[], id: number): Uint8Array {
  const found = sections.filter((section) => section.id === id);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`wasm section ${id} is there ${found.length} times, not once`);
  return found[0].payload;
}

const count = (payload: Uint8Array): number => new Bytes(payload).u32();

function importedGlobals(payload: Uint8Array): number {
  const bytes = new Bytes(payload);
  let globals = 0;
  for (let left = bytes.u32(); left > 0; left--) {
    bytes.take(bytes.u32());
    bytes.take(bytes.u32());
    const kind = bytes.byte();
    if (kind === 0) bytes.u32();
    else if (kind === 1 || kind === 2) {
      if (kind === 1) bytes.byte();
      const hasMaximum = bytes.u32() & 1;
      bytes.u32();
      if (hasMaximum) bytes.u32();
    } else if (kind === KIND_GLOBAL) {
      bytes.take(2);
      globals++;
    } else throw new Error(`wasm import of unknown kind ${kind}`);
  }
  return globals;
}

/** Adds one entry to a section that is a vector. */
function append(payload: Uint8Array, entry: number[]): Uint8Array {
  const bytes = new Bytes(payload);
  const entries = bytes.u32();
  return Buffer.concat([
    Uint8Array.from(leb(entries + 1)),
    payload.subarray(bytes.at),
    Uint8Array.from(entry),
  ]);
}

function exportEntry(index: number): number[] {
  const name = [...Buffer.from(FUEL_EXPORT)];
  return [...leb(name.length), ...name, KIND_GLOBAL, ...leb(index)];
}

/** fuel = fuel - 1; if (fuel < 0) unreachable */
function chargeFor(index: number): Uint8Array {
  const global = leb(index);
  const take = [0x23, ...global, 0x41, 1, 0x6b, 0x24, ...global];
  return Uint8Array.from([...take, 0x23, ...global, 0x41, 0, 0x48, 0x04, 0x40, 0x00, 0x0b]);
}

function meterCode(payload: Uint8Array, charge: Uint8Array): Uint8Array {
  const bytes = new Bytes(payload);
  const functions = bytes.u32();
  const parts: Uint8Array[] = [Uint8Array.from(leb(functions))];
  for (let left = functions; left > 0; left--) {
    const body = meterBody(bytes.take(bytes.u32()), charge);
    parts.push(Uint8Array.from(leb(body.length)), body);
  }
  return Buffer.concat(parts);
}

function meterBody(body: Uint8Array, charge: Uint8Array): Uint8Array {
  const bytes = new Bytes(body);
  for (let groups = bytes.u32(); groups > 0; groups--) {
    bytes.u32();
    bytes.byte();
  }
  const entry = bytes.at;
  const parts: Uint8Array[] = [];
  let copied = entry;
  let calls = false;
  while (!bytes.atEnd()) {
    const opcode = skipInstruction(bytes);
    calls ||= opcode === OP_CALL || opcode === OP_CALL_INDIRECT;
    if (opcode !== OP_LOOP) continue;
    parts.push(body.subarray(copied, bytes.at), charge);
    copied = bytes.at;
  }
  parts.push(body.subarray(copied));
  return Buffer.concat([body.subarray(0, entry), ...(calls ? [charge] : []), ...parts]);
}
