// SPDX-License-Identifier: Apache-2.0
/**
 * Objects for what comes from outside: nothing is inherited, so `constructor` or `__proto__` are keys like any other.
 * An object without any prototype would do, but engines keep those as hash tables, which costs every later reader.
 */
export type PlainObject = Record<string, unknown>;

interface PlainConstructor {
  new (): PlainObject;
}

const Plain = function plain() {} as unknown as PlainConstructor & { prototype: object };
Plain.prototype = Object.freeze(Object.create(null)) as object;

export function plainObject(): PlainObject {
  return new Plain();
}
