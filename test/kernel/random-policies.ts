// SPDX-License-Identifier: Apache-2.0
/** Policies and calls drawn by lot, close enough to each other that filters hit and miss about equally often. */

export type Draw = (limit: number) => number;

/** xorshift32: the same seed draws the same policies on every kernel. */
export function draws(seed: number): Draw {
  let state = seed >>> 0 || 1;
  return (limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % limit;
  };
}

const pick = <T>(draw: Draw, list: readonly T[]): T => list[draw(list.length)] as T;
const some = <T>(draw: Draw, most: number, one: () => T): T[] =>
  Array.from({ length: 1 + draw(most) }, () => one());

export interface MatchSpec {
  index: number;
  operator: string;
  values: string[];
}

export interface SelectorSpec {
  matchArgs: MatchSpec[];
  matchActions?: { action: string; argError?: number }[];
}

/** Around the borders of the eight-byte words the programs compare by. */
const LENGTHS = [1, 2, 6, 7, 8, 9, 10, 14, 15, 16, 17, 23, 24, 25, 31, 32, 33, 39, 40];

function stem(draw: Draw): string {
  const length = pick(draw, LENGTHS);
  return Array.from({ length }, () => pick(draw, ['a', 'a', 'a', 'b', '/', 'é'])).join('');
}

function alike(draw: Draw, text: string): string {
  switch (draw(5)) {
    case 0:
      return text.slice(0, -1) || text;
    case 1:
      return `${text}${pick(draw, ['a', 'b'])}`;
    case 2:
      return `${pick(draw, ['a', 'b'])}${text}`;
    case 3:
      return `${text.slice(0, -1)}${pick(draw, ['a', 'b', 'c'])}`;
    default:
      return text;
  }
}

/** Texts of which many begin or end alike. */
export function texts(draw: Draw, count: number): string[] {
  const stems = Array.from({ length: 4 }, () => stem(draw));
  return Array.from({ length: count }, () => {
    const [a, b] = [pick(draw, stems), pick(draw, stems)];
    const whole = draw(3) === 0 ? a.slice(0, pick(draw, LENGTHS)) + b : a;
    return alike(draw, Array.from(whole).slice(0, 40).join(''));
  });
}

function part(draw: Draw, operator: string, text: string): string {
  const letters = Array.from(text);
  const length = Math.min(letters.length, pick(draw, LENGTHS));
  if (operator.endsWith('Prefix')) return letters.slice(0, length).join('');
  if (operator.endsWith('Postfix')) return letters.slice(-length).join('');
  return text;
}

export function textMatch(
  draw: Draw,
  index: number,
  pool: string[],
  operators: readonly string[],
): MatchSpec {
  const operator = pick(draw, operators);
  const most = draw(6) === 0 ? 12 : 3;
  const values = some(draw, most, () => alike(draw, part(draw, operator, pick(draw, pool))));
  return { index, operator, values };
}

const EDGES = [0n, 1n, 7n, 8n, 127n, 128n, 255n, 256n, 32767n, 32768n, 65535n, 65536n]
  .concat([(1n << 31n) - 1n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, (1n << 40n) + 5n, (1n << 63n) - 1n])
  .flatMap((n) => [n, -n]);

/** A raw 64-bit value as a call hands it over. */
export const raw = (draw: Draw): bigint => BigInt.asIntN(64, pick(draw, EDGES) + BigInt(draw(3) - 1));

/** A value in the range of a type, near what calls hand over. */
export function numberMatch(draw: Draw, index: number, type: { bits: number; signed: boolean }): MatchSpec {
  const fit = type.signed ? BigInt.asIntN : BigInt.asUintN;
  return {
    index,
    operator: pick(draw, ['Equal', 'NotEqual', 'GT', 'LT', 'Mask']),
    values: some(draw, 3, () => String(fit(type.bits, raw(draw)))),
  };
}
