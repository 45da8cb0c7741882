// SPDX-License-Identifier: Apache-2.0
/** Values of the operators that look at a part of an object (address, port, family …) and of ranges of numbers. */
import { networkText, parseNetwork } from '../networks.ts';
import type { Operator } from '../normal-policy.ts';
import { FAMILIES, FILE_TYPES, numberOf, PROTOCOLS, STATES } from '../socket-names.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';
import { parseInteger } from './numbers.ts';

const PORT_MAX = 65_535n;
const NUMBER_MAX = 0xffffn;

interface Named {
  names: ReadonlyMap<number, string>;
  /** how a name begins */
  prefix: string;
}

const NAMED: Readonly<Partial<Record<Operator, Named>>> = {
  Family: { names: FAMILIES, prefix: 'AF_' },
  Protocol: { names: PROTOCOLS, prefix: 'IPPROTO_' },
  State: { names: STATES, prefix: 'TCP_' },
};

const FILE_TYPE_ALIASES: Readonly<Record<string, string>> = {
  socket: 'sock',
  link: 'lnk',
  regular: 'reg',
  block: 'blk',
  char: 'chr',
  pipe: 'fifo',
};

/** `low:high` or one number, both ends included; undefined when it is neither. */
export function parseRange(text: string): { low: bigint; high: bigint } | undefined {
  const [first = '', second, ...more] = text.split(':');
  const low = parseInteger(first);
  const high = second === undefined ? low : parseInteger(second);
  return low === undefined || high === undefined || more.length > 0 ? undefined : { low, high };
}

/** One spelling for a range; a range of one number is that number. */
export function normalRange(
  ledger: Ledger,
  value: string,
  pointer: string,
  { min, max }: { min: bigint; max: bigint },
): string {
  const range = parseRange(value);
  if (!range) {
    const message = `"${excerpt(value)}" is neither a number nor a range`;
    refuse(ledger, pointer, message, 'write 42, or 40:50 for all from 40 to 50');
    return '0';
  }
  const { low, high } = range;
  if (low > high) refuse(ledger, pointer, `nothing lies between ${low} and ${high}`, `write ${high}:${low}`);
  else if (low < min || high > max)
    refuse(ledger, pointer, `${excerpt(value)} does not fit`, `use ${min} to ${max}`);
  return low === high ? String(low) : `${low}:${high}`;
}

function normalNamed(ledger: Ledger, { names, prefix }: Named, value: string, pointer: string): string {
  const name = value.toUpperCase();
  if (numberOf(names, name) !== undefined) return name;
  if (!/^[-+\d]/.test(value)) {
    const message = `"${excerpt(value)}" is not the name of one`;
    refuse(
      ledger,
      pointer,
      message,
      `write a number, or a name such as ${prefix}${[...names.values()][1]?.slice(prefix.length)}`,
    );
    return '0';
  }
  const range = normalRange(ledger, value, pointer, { min: 0n, max: NUMBER_MAX });
  return names.get(Number(range)) ?? range;
}

function normalAddress(ledger: Ledger, value: string, pointer: string): string {
  const network = parseNetwork(value);
  if (network) return networkText(network);
  refuse(
    ledger,
    pointer,
    `"${excerpt(value)}" is no address`,
    'write 10.0.0.1, 10.0.0.0/8, 2001:db8::1 or 2001:db8::/32',
  );
  return value;
}

function normalFileType(ledger: Ledger, value: string, pointer: string): string {
  const type = Object.hasOwn(FILE_TYPE_ALIASES, value) ? (FILE_TYPE_ALIASES[value] as string) : value;
  const known = [...FILE_TYPES.values()];
  if (!known.includes(type))
    refuse(ledger, pointer, `"${excerpt(value)}" is no type of file`, `use one of: ${known.join(', ')}`);
  return type;
}

/** A value of an operator that looks at a part, in its one spelling. */
export function normalPart(ledger: Ledger, operator: Operator, value: string, pointer: string): string {
  const named = NAMED[operator];
  if (named) return normalNamed(ledger, named, value, pointer);
  if (operator.endsWith('Addr')) return normalAddress(ledger, value, pointer);
  if (operator.endsWith('FileType')) return normalFileType(ledger, value, pointer);
  return normalRange(ledger, value, pointer, { min: 0n, max: PORT_MAX });
}

/** The numbers behind a value that `normalPart` or `normalRange` wrote, from and to. */
export function numbersOf(operator: Operator, value: string): [bigint, bigint] {
  const names = operator.endsWith('FileType') ? FILE_TYPES : NAMED[operator]?.names;
  const number = names && numberOf(names, value);
  if (number !== undefined) return [BigInt(number), BigInt(number)];
  const range = parseRange(value);
  return range ? [range.low, range.high] : [0n, 0n];
}
