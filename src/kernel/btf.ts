// SPDX-License-Identifier: Apache-2.0
/**
 * BTF (the kernel's type information): functions by name with their prototypes, structures with their members.
 * Format: Documentation/bpf/btf.rst of the kernel. One pass over the types notes their offsets; the rest is read when
 * asked for, because a kernel has some 100 000 types and a policy names a handful.
 */
import { Fault } from '../errors.ts';
import type { FunctionPrototype } from '../model/facts.ts';
import { TypeNames } from './type-names.ts';

const MAGIC = 0xeb9f;
const HEADER_BYTES = 24;
const TYPE_HEADER_BYTES = 12;
/** Pointers, typedefs and arrays of each other go no deeper in any kernel. */
const DEPTH_MAX = 64;
/** in what an INT says of itself */
const INT_SIGNED = 1;

/** BTF_KIND_* numbers. */
export const KIND = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

const EXTRA_BYTES_PER_MEMBER: Record<number, number> = {
  [KIND.STRUCT]: 12,
  [KIND.UNION]: 12,
  [KIND.ENUM]: 8,
  [KIND.FUNC_PROTO]: 8,
  [KIND.DATASEC]: 12,
  [KIND.ENUM64]: 12,
};
const EXTRA_BYTES_FIXED: Record<number, number> = {
  [KIND.INT]: 4,
  [KIND.ARRAY]: 12,
  [KIND.VAR]: 4,
  [KIND.DECL_TAG]: 4,
};

function broken(what: string): Fault {
  return new Fault('kernel', `no BTF: ${what}`);
}

const kindIn = (info: number) => (info >>> 24) & 0x1f;

export interface BtfType {
  id: number;
  kind: number;
  name: string;
  /** number of members, parameters or values */
  count: number;
  /** bytes for sized kinds, a type id for the others */
  sizeOrType: number;
  /** byte offset of what follows the header */
  body: number;
}

export interface BtfMember {
  name: string;
  typeId: number;
  offsetBits: number;
  /** of a bit field; 0: it is none */
  bits: number;
}

export class Btf {
  readonly #data: Buffer;
  readonly #strings: number;
  readonly #offsets: Int32Array;
  readonly #names: TypeNames;
  readonly #count: number;

  private constructor(
    data: Buffer,
    strings: number,
    types: { offsets: Int32Array; names: Int32Array; count: number },
  ) {
    this.#data = data;
    this.#strings = strings;
    this.#offsets = types.offsets;
    this.#count = types.count;
    const word = (id: number, at: number) => data.readUInt32LE((types.offsets[id] as number) + at);
    this.#names = new TypeNames(data.subarray(strings), types.names.subarray(0, types.count), {
      nameOf: (id) => this.#string(word(id, 0)),
      kindOf: (id) => kindIn(word(id, 4)),
    });
  }

  /** Throws Fault `kernel` when the bytes are no BTF; what is wrong further in throws the same when it is asked for. */
  static parse(data: Buffer): Btf {
    if (data.length < HEADER_BYTES || data.readUInt16LE(0) !== MAGIC) throw broken('wrong magic number');
    const headerBytes = data.readUInt32LE(4);
    const start = headerBytes + data.readUInt32LE(8);
    const end = start + data.readUInt32LE(12);
    const strings = headerBytes + data.readUInt32LE(16);
    const stringsEnd = strings + data.readUInt32LE(20);
    if (end > data.length || stringsEnd > data.length || data[stringsEnd - 1] !== 0)
      throw broken('a section reaches beyond its end');
    const offsets = new Int32Array(Math.ceil((end - start) / TYPE_HEADER_BYTES) + 2);
    const names = new Int32Array(offsets.length);
    let id = 1;
    for (let at = start; at + TYPE_HEADER_BYTES <= end; id++) {
      offsets[id] = at;
      names[id] = data.readUInt32LE(at);
      const info = data.readUInt32LE(at + 4);
      const kind = kindIn(info);
      at +=
        TYPE_HEADER_BYTES +
        (EXTRA_BYTES_FIXED[kind] ?? 0) +
        (EXTRA_BYTES_PER_MEMBER[kind] ?? 0) * (info & 0xffff);
      if (at > end) throw broken(`type ${id} reaches beyond its section`);
    }
    return new Btf(data, strings, { offsets, names, count: id });
  }

  #string(offset: number): string {
    const at = this.#strings + offset;
    if (at >= this.#data.length) throw broken(`there is no string at ${offset}`);
    const end = this.#data.indexOf(0, at);
    return this.#data.toString('latin1', at, end < 0 ? this.#data.length : end);
  }

  type(id: number): BtfType {
    const at = this.#offsets[id];
    if (!at || id <= 0 || id >= this.#count) throw new Fault('kernel', `BTF has no type ${id}`);
    const info = this.#data.readUInt32LE(at + 4);
    return {
      id,
      kind: kindIn(info),
      name: this.#string(this.#data.readUInt32LE(at)),
      count: info & 0xffff,
      sizeOrType: this.#data.readUInt32LE(at + 8),
      body: at + TYPE_HEADER_BYTES,
    };
  }

  /** The id of the first type of that kind and name. */
  find(kind: number, name: string): number | undefined {
    return this.#names.find(kind, name);
  }

  /** Names of all types of a kind (for near matches). */
  names(kind: number): Iterable<string> {
    return this.#names.of(kind).keys();
  }

  members(type: BtfType): BtfMember[] {
    const bitfields = this.#data.readUInt32LE(type.body - 8) >>> 31 === 1;
    return Array.from({ length: type.count }, (_, i) => {
      const at = type.body + i * 12;
      const offset = this.#data.readUInt32LE(at + 8);
      return {
        name: this.#string(this.#data.readUInt32LE(at)),
        typeId: this.#data.readUInt32LE(at + 4),
        offsetBits: bitfields ? offset & 0xffffff : offset,
        bits: bitfields ? offset >>> 24 : 0,
      };
    });
  }

  enumValues(type: BtfType): Record<string, number> {
    return Object.fromEntries(
      Array.from({ length: type.count }, (_, i) => [
        this.#string(this.#data.readUInt32LE(type.body + i * 8)),
        this.#data.readInt32LE(type.body + i * 8 + 4),
      ]),
    );
  }

  array(type: BtfType): { elementId: number; length: number } {
    return { elementId: this.#data.readUInt32LE(type.body), length: this.#data.readUInt32LE(type.body + 8) };
  }

  /** Strips typedefs and qualifiers. */
  resolve(id: number): BtfType | undefined {
    const through: number[] = [KIND.TYPEDEF, KIND.CONST, KIND.VOLATILE, KIND.RESTRICT, KIND.TYPE_TAG];
    for (let depth = 0; depth < DEPTH_MAX; depth++) {
      if (id === 0) return undefined;
      const type = this.type(id);
      if (!through.includes(type.kind)) return type;
      id = type.sizeOrType;
    }
    throw broken(`type ${id} is made of itself`);
  }

  /** Whether an integer or enumeration type has a sign. */
  isSigned({ kind, body }: BtfType): boolean {
    if (kind === KIND.INT) return ((this.#data.readUInt32LE(body) >>> 24) & INT_SIGNED) !== 0;
    return this.#data.readUInt32LE(body - 8) >>> 31 === 1;
  }

  /** Size in bytes of a value of the type; 0 for void and functions. */
  sizeOf(id: number, depth = 0): number {
    if (depth > DEPTH_MAX) throw broken(`type ${id} is made of itself`);
    const type = this.resolve(id);
    if (!type) return 0;
    if (type.kind === KIND.PTR) return 8;
    if (type.kind === KIND.ARRAY) {
      const { elementId, length } = this.array(type);
      return this.sizeOf(elementId, depth + 1) * length;
    }
    return type.sizeOrType;
  }

  /** A type as C writes it, without qualifiers: `struct file *`, `char *`, `int`. */
  spell(id: number, depth = 0): string {
    if (id === 0) return 'void';
    if (depth > DEPTH_MAX) throw broken(`type ${id} is made of itself`);
    const type = this.type(id);
    switch (type.kind) {
      case KIND.PTR: {
        const target = this.spell(type.sizeOrType, depth + 1);
        return target.endsWith('*') ? `${target}*` : `${target} *`;
      }
      case KIND.CONST:
      case KIND.VOLATILE:
      case KIND.RESTRICT:
      case KIND.TYPE_TAG:
        return this.spell(type.sizeOrType, depth + 1);
      case KIND.STRUCT:
        return `struct ${type.name || '(anonymous)'}`;
      case KIND.UNION:
        return `union ${type.name || '(anonymous)'}`;
      case KIND.ENUM:
      case KIND.ENUM64:
        return `enum ${type.name}`;
      case KIND.FUNC_PROTO:
        return 'function';
      default:
        return type.name || `kind ${type.kind}`;
    }
  }

  /** A function's prototype, or undefined when the kernel has no function by that name in its BTF. */
  prototype(name: string): FunctionPrototype | undefined {
    const id = this.find(KIND.FUNC, name);
    return id === undefined ? undefined : { ...this.#signature(this.type(id).sizeOrType), btfId: id };
  }

  /** The prototype of a typedef of a function pointer: `btf_trace_<event>` for raw tracepoints. */
  typedefPrototype(name: string): FunctionPrototype | undefined {
    const id = this.find(KIND.TYPEDEF, name);
    if (id === undefined) return undefined;
    const pointer = this.resolve(id);
    if (pointer?.kind !== KIND.PTR || this.resolve(pointer.sizeOrType)?.kind !== KIND.FUNC_PROTO)
      return undefined;
    return { ...this.#signature(pointer.sizeOrType), btfId: id };
  }

  /** The types of the parameters that `prototype` or `typedefPrototype` tells. */
  paramTypes({ btfId }: FunctionPrototype): number[] {
    const named = this.type(btfId);
    const proto = named.kind === KIND.FUNC ? this.type(named.sizeOrType) : this.#pointedAt(named.sizeOrType);
    return proto.kind === KIND.FUNC_PROTO
      ? Array.from({ length: proto.count }, (_, i) => this.#data.readUInt32LE(proto.body + i * 8 + 4))
      : [];
  }

  #pointedAt(pointerId: number): BtfType {
    return this.type((this.resolve(pointerId) as BtfType).sizeOrType);
  }

  #signature(protoId: number): Omit<FunctionPrototype, 'btfId'> {
    const proto = this.type(protoId);
    if (proto.kind !== KIND.FUNC_PROTO) throw broken(`type ${protoId} is no prototype`);
    const params = Array.from({ length: proto.count }, (_, i) => {
      const at = proto.body + i * 8;
      return {
        name: this.#string(this.#data.readUInt32LE(at)),
        type: this.spell(this.#data.readUInt32LE(at + 4)),
      };
    });
    return { params, returns: this.spell(proto.sizeOrType) };
  }
}
