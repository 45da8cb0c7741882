// SPDX-License-Identifier: Apache-2.0
/** Types by their names: the few that an agent asks for when it starts are searched, an index of all is made for who asks often. */

/** Making an index of all functions of a kernel costs what some fifty searches do. */
const SEARCHES_MAX = 48;
/** A letter or two are the end of thousands of names, and each place is looked for among all types. */
const PLACES_MAX = 64;
/** What can be searched as bytes; no kernel has other names. */
const ASCII = /^[ -~]+$/;

/** What a type is called and what it is, by its id. Either may throw where the bytes are no BTF. */
export interface Types {
  nameOf(id: number): string;
  kindOf(id: number): number;
}

export class TypeNames {
  readonly #strings: Buffer;
  readonly #places: Int32Array;
  readonly #types: Types;
  readonly #byKind = new Map<number, Map<string, number>>();
  #searches = 0;

  /** `places`: by a type's id, where its name begins in the strings, each of which ends with a NUL. */
  constructor(strings: Buffer, places: Int32Array, types: Types) {
    this.#strings = strings;
    this.#places = places;
    this.#types = types;
  }

  /** The id of the first type of that kind and name. */
  find(kind: number, name: string): number | undefined {
    const searched = ASCII.test(name) && !this.#byKind.has(kind) && this.#searches++ < SEARCHES_MAX;
    return searched ? this.#search(kind, name) : this.of(kind).get(name);
  }

  /** All names of a kind, with the id of the first type that has it. */
  of(kind: number): Map<string, number> {
    const known = this.#byKind.get(kind);
    if (known) return known;
    const index = new Map<string, number>();
    for (let id = 1; id < this.#places.length; id++) {
      if (this.#types.kindOf(id) !== kind) continue;
      const name = this.#types.nameOf(id);
      if (!index.has(name)) index.set(name, id);
    }
    this.#byKind.set(kind, index);
    return index;
  }

  /** Wherever the name stands, and whichever types are called by that place: a name may be the end of a longer one. */
  #search(kind: number, name: string): number | undefined {
    const wanted = Buffer.from(`${name}\0`, 'latin1');
    let first = this.#places.length;
    let places = 0;
    for (let at = this.#strings.indexOf(wanted); at >= 0; at = this.#strings.indexOf(wanted, at + 1)) {
      if (++places > PLACES_MAX) return this.of(kind).get(name);
      const called = this.#places.subarray(0, first);
      let id = called.indexOf(at, 1);
      while (id > 0 && this.#types.kindOf(id) !== kind) id = called.indexOf(at, id + 1);
      if (id > 0) first = id;
    }
    return first < this.#places.length ? first : undefined;
  }
}
