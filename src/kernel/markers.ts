// SPDX-License-Identifier: Apache-2.0
/** USDT markers: the notes in a file that say where a marker stands, and where its arguments lie when it is passed. */
import type { ArgumentPlace, MarkerPoint } from '../model/facts.ts';
import { type Elf, ElfProblem, SECTION } from './elf.ts';

const NOTES = '.note.stapsdt';
/** Its address when the notes were written: what was moved since is moved by as much. */
const BASE = '.stapsdt.base';
const OWNER = 'stapsdt\0';
const NOTE_TYPE = 3;
const NOTE_HEAD_BYTES = 12;
const ADDRESS_BYTES = 8;
/** In whole numbers: what a file claims may be beyond 31 bits. */
const align4 = (n: number) => Math.ceil(n / 4) * 4;

interface Note {
  address: bigint;
  base: bigint;
  semaphore: bigint;
  provider: string;
  name: string;
  args: string;
}

function textsOf(bytes: Buffer): string[] {
  return bytes.toString('utf8').split('\0');
}

function noteOf(description: Buffer): Note | undefined {
  if (description.length < 3 * ADDRESS_BYTES) return undefined;
  const [provider = '', name = '', args = ''] = textsOf(description.subarray(3 * ADDRESS_BYTES));
  const [address, base, semaphore] = [0, 1, 2].map((i) => description.readBigUInt64LE(i * ADDRESS_BYTES));
  return {
    ...{ address: address as bigint, base: base as bigint, semaphore: semaphore as bigint },
    ...{ provider, name, args },
  };
}

function* notesIn(section: Buffer): Generator<Note> {
  for (let at = 0; at + NOTE_HEAD_BYTES <= section.length; ) {
    const [nameBytes, bytes, type] = [0, 4, 8].map((off) => section.readUInt32LE(at + off)) as [
      number,
      number,
      number,
    ];
    const name = at + NOTE_HEAD_BYTES;
    const description = name + align4(nameBytes);
    if (description + bytes > section.length) throw new ElfProblem('its notes are cut off');
    const owner = section.toString('latin1', name, name + nameBytes);
    const note = noteOf(section.subarray(description, description + bytes));
    if (type === NOTE_TYPE && owner === OWNER && note) yield note;
    at = description + align4(bytes);
  }
}

// biome-ignore format: a table is read in rows
const OLD_REGISTERS: readonly (readonly [string, readonly string[]])[] = [
  ['rax', ['eax', 'ax', 'al']], ['rbx', ['ebx', 'bx', 'bl']], ['rcx', ['ecx', 'cx', 'cl']], ['rdx', ['edx', 'dx', 'dl']],
  ['rsi', ['esi', 'si', 'sil']], ['rdi', ['edi', 'di', 'dil']], ['rbp', ['ebp', 'bp', 'bpl']], ['rsp', ['esp', 'sp', 'spl']],
];
const NEW_REGISTERS = Array.from({ length: 8 }, (_, i) => `r${i + 8}`);

/** The whole register behind each name of its lower parts. */
const WHOLE: ReadonlyMap<string, string> = new Map([
  ...OLD_REGISTERS.flatMap(([whole, parts]) => [whole, ...parts].map((part) => [part, whole] as const)),
  ...NEW_REGISTERS.flatMap((whole) => ['', 'd', 'w', 'b'].map((end) => [`${whole}${end}`, whole] as const)),
  ['rip', 'rip'],
]);

const ARGUMENT = /^(-?)([1248])@(.+)$/;
const NUMBER = String.raw`[+-]?(?:0x[0-9a-fA-F]+|\d+)`;
const CONSTANT = new RegExp(String.raw`^\$(${NUMBER})$`);
const REGISTER = /^%(\w+)$/;
const MEMORY = new RegExp(String.raw`^(${NUMBER})?\((?:%(\w+))?(?:,%(\w+)(?:,([1248]))?)?\)$`);

function numberOf(text: string): bigint {
  const negative = text.startsWith('-');
  const magnitude = BigInt(text.replace(/^[+-]/, ''));
  return negative ? -magnitude : magnitude;
}

function whole(name: string | undefined): string | undefined {
  return name === undefined ? undefined : WHOLE.get(name);
}

function lyingAt(operand: string): Omit<ArgumentPlace, 'sizeBytes' | 'signed'> | undefined {
  const constant = CONSTANT.exec(operand)?.[1];
  if (constant !== undefined) return { constant: numberOf(constant).toString() };
  const register = whole(REGISTER.exec(operand)?.[1]);
  if (register) return { register };
  const [, offset = '0', base, index, scale = '1'] = MEMORY.exec(operand) ?? [];
  const [from, times] = [whole(base), whole(index)];
  if (!from || (index !== undefined && !times)) return undefined;
  return {
    register: from,
    offset: numberOf(offset).toString(),
    ...(times && { index: times, scale: Number(scale) }),
  };
}

/** Where an argument lies, by its description in AT&T syntax: `-4@%eax`, `8@16(%rbp)`, `4@8(%rax,%rcx,4)`, `8@$5`; undefined: in no such place. */
export function argumentPlace(written: string): ArgumentPlace | undefined {
  const [, minus, size, operand = ''] = ARGUMENT.exec(written) ?? [];
  const lies = size === undefined ? undefined : lyingAt(operand);
  return lies && { ...lies, sizeBytes: Number(size), signed: minus === '-' };
}

function argumentsOf(written: string): MarkerPoint['args'] {
  const words = written.split(/\s+/).filter(Boolean);
  return words.map((word) => argumentPlace(word) ?? { unreadable: word });
}

function pointOf(elf: Elf, note: Note, moved: bigint): MarkerPoint {
  const offset = elf.offsetOf(Number(note.address + moved));
  if (offset === undefined)
    throw new ElfProblem(`its marker ${note.provider}/${note.name} stands at no byte of its code`);
  const counter = note.semaphore === 0n ? 0 : elf.offsetOf(Number(note.semaphore + moved), false);
  if (counter === undefined)
    throw new ElfProblem(
      `the counter of its marker ${note.provider}/${note.name} lies in no part of the file`,
    );
  return { offset, refCtrOffset: counter, args: argumentsOf(note.args) };
}

/** Every point that a marker stands at, in the file's order; ElfProblem when there is none. */
export function markerPoints(elf: Elf, provider: string, name: string): MarkerPoint[] {
  const base = elf.sections.find((section) => section.name === BASE);
  const notes = elf.sections
    .filter((section) => section.type === SECTION.NOTE && section.name === NOTES)
    .flatMap((section) => [...notesIn(elf.bytesOf(section))]);
  if (notes.length === 0) throw new ElfProblem('it has no markers (USDT)');
  const meant = notes.filter((note) => note.provider === provider && note.name === name);
  if (meant.length === 0) throw new ElfProblem(`it has no marker ${provider}/${name}${othersOf(notes)}`);
  return meant.map((note) => pointOf(elf, note, base ? BigInt(base.address) - note.base : 0n));
}

const NAMES_SHOWN = 5;

function othersOf(notes: readonly Note[]): string {
  const names = [...new Set(notes.map((note) => `${note.provider}/${note.name}`))];
  const shown = names.slice(0, NAMES_SHOWN).join(', ');
  return `: it has ${shown}${names.length > NAMES_SHOWN ? ` and ${names.length - NAMES_SHOWN} more` : ''}`;
}
