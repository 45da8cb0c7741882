// SPDX-License-Identifier: Apache-2.0
/** Integer literals in the notation of Go's base 0, as policies in the field write them. */
import type { ArgType } from './arg-types.ts';

const FORMS: readonly [RegExp, string][] = [
  [/^0[xX](_?[0-9a-fA-F])+$/, '0x'],
  [/^0[bB](_?[01])+$/, '0b'],
  [/^0[oO](_?[0-7])+$/, '0o'],
  [/^0(_?[0-7])+$/, '0o'],
  [/^(0|[1-9](_?[0-9])*)$/, ''],
];

/** The number a literal stands for, or undefined when it stands for none. A leading 0 means octal, as in C and Go. */
export function parseInteger(text: string): bigint | undefined {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  if (digits.length > 80) return undefined;
  for (const [form, prefix] of FORMS) {
    if (!form.test(digits)) continue;
    const bare = digits.replaceAll('_', '').replace(/^0[xXbBoO]/, '');
    const value = BigInt(prefix + bare);
    return negative ? -value : value;
  }
  return undefined;
}

/** A literal that reads like a decimal number and is none. */
export function isOctalLookalike(text: string): boolean {
  return /^[-+]?0[0-7_]+$/.test(text);
}

export function rangeOf({ class: of, bits = 64, signed = false }: ArgType): { min: bigint; max: bigint } {
  if (of === 'derived') return { min: -(1n << 63n), max: (1n << 64n) - 1n };
  const width = BigInt(bits);
  return signed
    ? { min: -(1n << (width - 1n)), max: (1n << (width - 1n)) - 1n }
    : { min: 0n, max: (1n << width) - 1n };
}
