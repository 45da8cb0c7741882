// SPDX-License-Identifier: Apache-2.0
/** `values[]` of an argument filter, in the one form the runtime compares with. */

import { capabilityMask } from '../capabilities.ts';
import type { Operator } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { ARG_TYPE_TABLE, type ArgType, looksAtPart } from './arg-types.ts';
import { callNumbers } from './calls.ts';
import { type Ledger, refuse } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { isOctalLookalike, parseInteger, rangeOf } from './numbers.ts';
import { normalPart, normalRange } from './part-values.ts';

/** of one unit of UTF-16 */
const UTF8_BYTES_MAX = 3;

export function normalValues(
  ledger: Ledger,
  type: string,
  operator: Operator,
  values: readonly string[],
  pointer: string,
): string[] {
  checkCount(ledger, values, pointer, operator);
  const known = ARG_TYPE_TABLE[type] as ArgType;
  if (isText(known, operator) && values.every((value) => isOrdinary(value, operator))) return [...values];
  return values.flatMap((value, index) => {
    const at = `${pointer}/${index}`;
    if (value.startsWith('list:') && known.class === 'number')
      return listed(ledger, type, operator, value, at);
    if (looksAtPart(operator)) return normalPart(ledger, operator, value, at);
    if (operator === 'InRange' || operator === 'NotInRange')
      return normalRange(ledger, value, at, rangeOf(known));
    if (known.class === 'derived') return underived(ledger, operator, value, at);
    if (known.class === 'capabilities') return normalMask(ledger, type, value, at);
    return known.class === 'number'
      ? normalNumber(ledger, type, value, at)
      : normalText(ledger, type, operator, value, at);
  });
}

const isText = (known: ArgType, operator: Operator): boolean =>
  known.class !== 'number' &&
  known.class !== 'derived' &&
  known.class !== 'capabilities' &&
  !looksAtPart(operator) &&
  !operator.endsWith('Range');

/** Nothing in the text could be refused or written otherwise: most are so, and a policy may have thousands. */
function isOrdinary(value: string, operator: Operator): boolean {
  return value !== '' && value.length * UTF8_BYTES_MAX <= mostBytes(operator) && !value.includes('\0');
}

/** The host tells whether it is a number or text; what it is compared with is looked at again then. */
function underived(ledger: Ledger, operator: Operator, value: string, pointer: string): string {
  const isNumeric = operator === 'GT' || operator === 'LT' || operator === 'Mask';
  if (isNumeric && parseInteger(value) === undefined)
    refuse(ledger, pointer, `"${excerpt(value)}" is not a number`, 'write 42, -1, 0x2a, 0o52 or 0b101010');
  return isNumeric
    ? String(parseInteger(value) ?? value)
    : normalText(ledger, 'auto', operator, value, pointer);
}

/** A list in place of a value: of system calls, for their numbers. */
function listed(ledger: Ledger, type: string, operator: Operator, value: string, pointer: string): string[] {
  if (type === 'syscall64' && operator.endsWith('Range')) return callNumbers(ledger, value, pointer);
  const message = `a list is the value of InMap and NotInMap on an argument of type syscall64, not of ${type}`;
  refuse(ledger, pointer, message, 'write the numbers');
  return [];
}

/** A list of what does not match grows when it is divided: each part lets through what the others name. */
export const isNegated = (operator: string): boolean => operator.startsWith('Not');

/** Every list of values has a member and an end. */
export function checkCount(
  ledger: Ledger,
  values: readonly unknown[],
  pointer: string,
  operator: string,
  most: number = POLICY_LIMITS.values,
): void {
  if (values.length === 0)
    refuse(ledger, pointer, 'the filter has no values', 'give it at least one, or remove the filter');
  if (values.length <= most) return;
  const message = `the filter has ${values.length} values, at most ${most} are possible`;
  const fix = isNegated(operator)
    ? 'name what they have in common; divided among selectors or policies, each part matches what the others except'
    : 'name what they have in common, or divide them among policies';
  refuse(ledger, pointer, message, fix);
}

/** The entries of one filter list of a selector: they hold together, so selectors beside each other are no way out. */
export function checkEntries(ledger: Ledger, specs: readonly unknown[], pointer: string): void {
  if (specs.length <= POLICY_LIMITS.matches) return;
  const message = `there are ${specs.length} filters, at most ${POLICY_LIMITS.matches} are possible`;
  refuse(ledger, pointer, message, 'join those about the same thing into one, with all their values');
}

/** Text no longer than the kernel programs compare. */
export function checkLength(
  ledger: Ledger,
  value: string,
  pointer: string,
  most: number = POLICY_LIMITS.valueBytes,
): void {
  if (value.length * UTF8_BYTES_MAX <= most) return;
  const bytes = Buffer.byteLength(value);
  if (bytes > most) {
    refuse(ledger, pointer, `the value has ${bytes} bytes, at most ${most} are compared`, 'shorten it');
  }
}

function normalNumber(ledger: Ledger, type: string, value: string, pointer: string): string {
  const number = parseInteger(value);
  if (number === undefined) {
    refuse(
      ledger,
      pointer,
      `"${excerpt(value)}" is not a number, and the argument is ${type}`,
      'write 42, -1, 0x2a, 0o52 or 0b101010',
    );
    return '0';
  }
  const { min, max } = rangeOf(ARG_TYPE_TABLE[type] as ArgType);
  if (number < min || number > max)
    refuse(ledger, pointer, `${excerpt(value)} does not fit ${type}`, `use ${min} to ${max}`);
  if (isOctalLookalike(value)) {
    ledger.notes.push({
      pointer,
      message: `${value} is read as octal: ${number}`,
      fix: 'write it without the leading 0, or as 0o…',
    });
  }
  return String(number);
}

/** A number, or names of capabilities with commas between them: one mask. */
function normalMask(ledger: Ledger, type: string, value: string, pointer: string): string {
  const mask = capabilityMask(value);
  if (typeof mask === 'bigint') return String(mask);
  if (/^[-+\d]/.test(value)) return normalNumber(ledger, type, value, pointer);
  refuse(
    ledger,
    pointer,
    `"${excerpt(mask)}" is no capability`,
    'write names such as CAP_SYS_ADMIN, with commas between them',
  );
  return '0';
}

const mostBytes = (operator: Operator): number =>
  operator.startsWith('SubString') ? POLICY_LIMITS.containedBytes : POLICY_LIMITS.valueBytes;

function normalText(
  ledger: Ledger,
  type: string,
  operator: Operator,
  value: string,
  pointer: string,
): string {
  const padded =
    value.endsWith('\0') && ARG_TYPE_TABLE[type]?.class === 'text' && !operator.endsWith('Prefix');
  const text = padded ? value.replace(/\0+$/, '') : value;
  checkLength(ledger, text, pointer, mostBytes(operator));
  if (text === '' && operator !== 'Equal' && operator !== 'NotEqual') {
    refuse(ledger, pointer, `an empty ${operator} value says nothing`, 'give it a value or remove it');
  }
  if (type !== 'char_buf' && text.includes('\0')) {
    refuse(ledger, pointer, `a ${type} never holds a NUL, so this value never matches`, 'remove the \\0');
  }
  return text;
}
