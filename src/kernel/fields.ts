// SPDX-License-Identifier: Apache-2.0
/** Paths inside the kernel's structures → how this kernel reaches what they name, by its own types. */
import type { FieldFact } from '../model/facts.ts';
import {
  type FieldQuery,
  type FieldRoute,
  type FieldStart,
  type FieldStep,
  fieldName,
  fieldSteps,
} from '../model/field-path.ts';
import { suggestion } from '../model/near-match.ts';
import { type Btf, type BtfMember, type BtfType, KIND } from './btf.ts';

const POINTERS_MAX = 10;
const BITS_PER_BYTE = 8;
const SHOWN_MEMBERS = 12;
const STRUCTURES: readonly number[] = [KIND.STRUCT, KIND.UNION];

class NoWay extends Error {}

/** A place in the kernel's memory, and the type of what lies there. */
class Walk {
  readonly #btf: Btf;
  readonly #offsets: number[] = [0];
  #typeId: number;

  constructor(btf: Btf, typeId: number) {
    this.#btf = btf;
    this.#typeId = typeId;
  }

  #type(): BtfType {
    const type = this.#btf.resolve(this.#typeId);
    if (!type) throw new NoWay('it leads to void: name a structure by btfType');
    return type;
  }

  #add(bytes: number): void {
    (this.#offsets[this.#offsets.length - 1] as number) += bytes;
  }

  #follow(pointer: BtfType): void {
    if (this.#offsets.length > POINTERS_MAX) throw new NoWay(`it follows more than ${POINTERS_MAX} pointers`);
    this.#offsets.push(0);
    this.#typeId = pointer.sizeOrType;
  }

  /** Goes on to the nth of what the start points to. */
  skip(index: number): void {
    this.#add(index * this.#btf.sizeOf(this.#typeId));
  }

  step(step: FieldStep): void {
    if (typeof step === 'number') this.#index(step);
    else this.#member(step);
  }

  #index(index: number): void {
    const type = this.#type();
    if (type.kind === KIND.PTR) {
      this.#follow(type);
      this.#add(index * this.#btf.sizeOf(this.#typeId));
      return;
    }
    if (type.kind !== KIND.ARRAY)
      throw new NoWay(`[${index}] of \`${this.#btf.spell(this.#typeId)}\`, which is no array`);
    const { elementId, length } = this.#btf.array(type);
    // an array of no length stands at the end of a structure and is as long as it is
    if (length > 0 && index >= length) throw new NoWay(`[${index}] of an array of ${length}`);
    this.#add(index * this.#btf.sizeOf(elementId));
    this.#typeId = elementId;
  }

  #member(name: string): void {
    for (let type = this.#type(); type.kind === KIND.PTR; type = this.#type()) this.#follow(type);
    const type = this.#type();
    const spelled = this.#btf.spell(this.#typeId);
    if (!STRUCTURES.includes(type.kind)) throw new NoWay(`\`${spelled}\` has no member ${name}`);
    const members = membersOf(this.#btf, type);
    const member = members.find((m) => m.name === name);
    if (!member) throw new NoWay(`\`${spelled}\` has no member ${name}: ${meant(name, members)}`);
    if (member.bits > 0 || member.offsetBits % BITS_PER_BYTE > 0)
      throw new NoWay(`${name} of \`${spelled}\` is a bit field, which has no address`);
    this.#add(member.offsetBits / BITS_PER_BYTE);
    this.#typeId = member.typeId;
  }

  end(): FieldRoute {
    const type = this.#type();
    const offsets = this.#offsets;
    switch (type.kind) {
      case KIND.PTR:
        return { offsets, sizeBytes: 8, signed: false, type: this.#btf.spell(this.#typeId) };
      case KIND.INT:
      case KIND.ENUM:
      case KIND.ENUM64: {
        const signed = this.#btf.isSigned(type);
        return { offsets, sizeBytes: type.sizeOrType, signed, type: this.#btf.spell(this.#typeId) };
      }
      case KIND.ARRAY: {
        const { elementId } = this.#btf.array(type);
        return { offsets, sizeBytes: 0, signed: false, type: `${this.#btf.spell(elementId)} *` };
      }
      case KIND.STRUCT:
      case KIND.UNION: {
        const members = membersOf(this.#btf, type)
          .slice(0, SHOWN_MEMBERS)
          .map((m) => m.name);
        return { offsets, sizeBytes: 0, signed: false, type: `${this.#btf.spell(this.#typeId)} *`, members };
      }
      default:
        throw new NoWay(`it ends at \`${this.#btf.spell(this.#typeId)}\`, which is no value`);
    }
  }
}

/** Those of anonymous structures and unions too, at the place they have in the whole. */
function membersOf(btf: Btf, type: BtfType, base = 0, depth = 0): BtfMember[] {
  if (depth > POINTERS_MAX) return [];
  return btf.members(type).flatMap((member): BtfMember[] => {
    const offsetBits = base + member.offsetBits;
    if (member.name !== '') return [{ ...member, offsetBits }];
    const inner = btf.resolve(member.typeId);
    return inner && STRUCTURES.includes(inner.kind) ? membersOf(btf, inner, offsetBits, depth + 1) : [];
  });
}

function meant(name: string, members: readonly BtfMember[]): string {
  const names = members.map((m) => m.name);
  const near = suggestion(name, names);
  if (near.startsWith('did you mean')) return near;
  const shown = names.slice(0, SHOWN_MEMBERS).join(', ');
  return `it has ${shown}${names.length > SHOWN_MEMBERS ? ` and ${names.length - SHOWN_MEMBERS} more` : ''}`;
}

/** A raw tracepoint's first parameter is the tracer's own. */
function paramsOf(btf: Btf, start: Exclude<FieldStart, { type: string }>): number[] {
  const raw = 'rawTracepoint' in start;
  const prototype = raw
    ? btf.typedefPrototype(`btf_trace_${start.rawTracepoint}`)
    : btf.prototype(start.function);
  if (!prototype) throw new NoWay('the kernel has no type for it');
  return btf.paramTypes(prototype).slice(raw ? 1 : 0);
}

/** The type that a path starts at: what a parameter points to, or a structure. */
function startOf(btf: Btf, start: FieldQuery['start']): number {
  if ('type' in start) {
    const id = btf.find(KIND.STRUCT, start.type) ?? btf.find(KIND.UNION, start.type);
    if (id === undefined)
      throw new NoWay(
        `the kernel has no structure ${start.type}: ${suggestion(start.type, [...btf.names(KIND.STRUCT)])}`,
      );
    return id;
  }
  const params = paramsOf(btf, start);
  const id = params[start.param];
  if (id === undefined) throw new NoWay(`it has ${params.length} parameters`);
  const pointer = btf.resolve(id);
  if (pointer?.kind !== KIND.PTR)
    throw new NoWay(
      `parameter ${start.param} is \`${btf.spell(id)}\`, which is no pointer: name a structure by btfType`,
    );
  return pointer.sizeOrType;
}

/** An index at the beginning counts from what the start points to. */
function routeOf(btf: Btf, { start, path }: FieldQuery): FieldRoute {
  const steps = fieldSteps(path);
  if (!steps) throw new NoWay('it is no path');
  const typeId = startOf(btf, start);
  const walk = new Walk(btf, typeId);
  const [first] = steps;
  const counted = typeof first === 'number';
  if (counted) walk.skip(first);
  for (const step of counted ? steps.slice(1) : steps) walk.step(step);
  return walk.end();
}

function factOf(btf: Btf | null, query: FieldQuery): FieldFact {
  if (!btf) return { problem: 'the kernel shows no types (BTF)' };
  try {
    return routeOf(btf, query);
  } catch (thrown) {
    if (thrown instanceof NoWay) return { problem: thrown.message };
    throw thrown;
  }
}

/** By `fieldName`. */
export function fieldFacts(btf: Btf | null, queries: readonly FieldQuery[]): Record<string, FieldFact> {
  return Object.fromEntries(queries.map((query) => [fieldName(query), factOf(btf, query)]));
}
