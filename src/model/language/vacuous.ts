// SPDX-License-Identifier: Apache-2.0
/**
 * Filters that look like one and let everything pass, however the values are cut: two halves of the address space, ranges
 * that leave out one number, a mask of all bits. Told to the guardrails as a fact; the filter itself stays as it is written.
 */
import { type Network, parseNetwork } from '../networks.ts';
import type { Operator } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, looksAtPart } from './arg-types.ts';
import { parseInteger, rangeOf } from './numbers.ts';
import { numbersOf, parseRange } from './part-values.ts';

const PORT = { min: 1n, max: 65_535n };
/** What several ranges may leave out and still be "all but": as many as a list could have named to exempt them. */
const EXEMPT_MOST = 64n;
const EXEMPT_SHARE = 64n;
/** No call has flags beyond. */
const FLAG_BITS = 32;
/** Numbers this large are written by nobody who means all but them: of 64 bits a range may name the lower half only. */
const LARGEST_MEANT = 2n ** 63n - 1n;
/** What nearly all there is is one of; whoever names each of them leaves out nobody. */
const EVERYDAY: Readonly<Partial<Record<Operator, readonly bigint[]>>> = {
  Family: [1n, 2n, 10n, 16n],
  Protocol: [1n, 6n, 17n, 58n],
  State: [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n, 11n],
  FileType: [0o140000n, 0o120000n, 0o100000n, 0o040000n, 0o020000n, 0o010000n],
};

export function letsAllPass(type: string, operator: Operator, values: readonly string[]): boolean {
  if (operator === 'Mask') return maskOfAll(type, values);
  if (operator === 'SAddr' || operator === 'DAddr') return addressesOfAll(values);
  if (operator === 'SPort' || operator === 'DPort') return rangesOfAll(values.map(portsOf), PORT);
  const everyday = EVERYDAY[operator];
  if (everyday) return everyday.every((number) => values.some((value) => holds(operator, value, number)));
  if (operator !== 'InRange' || looksAtPart(operator)) return false;
  const known = ARG_TYPE_TABLE[type];
  if (!known) return false;
  const ranges = values.flatMap((value) => {
    const range = parseRange(value);
    return range ? [range] : [];
  });
  const { max } = rangeOf(known);
  return rangesOfAll(ranges, { min: 0n, max: max < LARGEST_MEANT ? max : LARGEST_MEANT });
}

function holds(operator: Operator, value: string, number: bigint): boolean {
  const [low, high] = numbersOf(operator, value);
  return low <= number && number <= high;
}

const portsOf = (value: string) => {
  const [low, high] = numbersOf('DPort', value);
  return { low, high };
};

interface Range {
  low: bigint;
  high: bigint;
}

/** Numbers below 0 are errors and marks: who leaves them out has left out nobody. */
function rangesOfAll(ranges: readonly Range[], { min, max }: { min: bigint; max: bigint }): boolean {
  let next = min;
  let left = 0n;
  for (const { low, high } of ranges.toSorted((a, b) => (a.low < b.low ? -1 : a.low > b.low ? 1 : 0))) {
    if (low > next) left += low - next;
    if (high >= next) next = high + 1n;
  }
  if (next <= max) left += max + 1n - next;
  if (left <= 0n) return true;
  const exempt = (max - min) / EXEMPT_SHARE;
  return ranges.length > 1 && left <= (exempt < EXEMPT_MOST ? exempt : EXEMPT_MOST);
}

function maskOfAll(type: string, values: readonly string[]): boolean {
  const known = ARG_TYPE_TABLE[type];
  if (!known) return false;
  const bits = Math.min(known.bits ?? 64, FLAG_BITS);
  const all = (1n << BigInt(bits)) - 1n;
  const asked = values.reduce((mask, value) => mask | ((parseInteger(value) ?? 0n) & all), 0n);
  // the sign is no flag of any call
  return (asked | (known.signed ? 1n << BigInt(bits - 1) : 0n)) === all;
}

const V4_BITS = 96;

/** All of one of the two families is everything for those who use it. */
function addressesOfAll(values: readonly string[]): boolean {
  const networks = values.flatMap((value) => parseNetwork(value) ?? []);
  return covers(networks, V4_BITS, parseNetwork('0.0.0.0/0') as Network) || coversV6(networks);
}

const coversV6 = (networks: readonly Network[]) => covers(networks, 0, parseNetwork('::/0') as Network);

/** Whether the networks together hold a whole one: it is in one of them, or both of its halves are held. */
function covers(networks: readonly Network[], bits: number, whole: Network): boolean {
  if (networks.some((one) => one.prefix <= bits && sameBits(one.address, whole.address, one.prefix)))
    return true;
  const inside = networks.filter((one) => one.prefix > bits && sameBits(one.address, whole.address, bits));
  if (inside.length < 2 || bits >= 128) return false;
  const upper = Buffer.from(whole.address);
  upper[bits >> 3] = (upper[bits >> 3] as number) | (0x80 >> (bits & 7));
  return (
    covers(inside, bits + 1, { address: whole.address, prefix: bits + 1 }) &&
    covers(inside, bits + 1, { address: upper, prefix: bits + 1 })
  );
}

function sameBits(a: Buffer, b: Buffer, bits: number): boolean {
  const whole = bits >> 3;
  if (!a.subarray(0, whole).equals(b.subarray(0, whole))) return false;
  const rest = 8 - (bits & 7);
  return rest === 8 || (a[whole] as number) >> rest === (b[whole] as number) >> rest;
}
