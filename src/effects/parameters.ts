// SPDX-License-Identifier: Apache-2.0
/** What the parameters of well-known calls are, in plain words: nobody has to look a prototype up to read an explanation. */
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import { FUNCTION_PARAMETERS } from './function-parameters.ts';
import { SYSCALL_PARAMETERS } from './syscall-parameters.ts';

export type Called = Pick<NormalHook, 'type' | 'call' | 'also'>;

/** In the record of a call's tracepoint the number of the call and what is common to all records stand before its arguments. */
const RECORD_FIELDS = 5;
const NUMBER_OF_CALL = 4;
/** What every record begins with: no argument of anything. */
const COMMON_FIELDS = [
  'number of the tracepoint',
  'flags of the record',
  'depth of the interruption',
  'thread',
];
/** Lists of addresses, which are no text as they stand. */
const LISTS = ['command line', 'environment'];

/** `path`; undefined where nothing is known of the parameter. */
export function parameterWords({ type, call, also }: Called, index: number): string | undefined {
  if (type === 'uprobe' || type === 'usdt' || index < 0) return undefined;
  if (type === 'tracepoint') return fieldWords(call, also, index);
  return namesOf(call, also)?.[index];
}

function fieldWords(call: string, also: string | undefined, index: number): string | undefined {
  if (index < NUMBER_OF_CALL) return COMMON_FIELDS[index];
  const entry = call === 'raw_syscalls/sys_enter' || also !== undefined;
  if (index === NUMBER_OF_CALL && entry) return 'number of the system call';
  return also === undefined ? undefined : namesOf(also, undefined)?.[index - RECORD_FIELDS];
}

function namesOf(call: string, also: string | undefined): readonly string[] | undefined {
  for (const name of [call, also]) {
    if (name === undefined) continue;
    const names = own(SYSCALL_PARAMETERS, name) ?? own(FUNCTION_PARAMETERS, name);
    if (names !== undefined) return names.split(', ').map((word) => (word === '-' ? '' : word));
  }
  return undefined;
}

const own = (table: Readonly<Record<string, string>>, name: string) =>
  Object.hasOwn(table, name) ? table[name] : undefined;

/** Of a tracepoint it is a field of the record that has a number, and no argument. */
export function placeWords({ type }: Called, index: number): string {
  return `${type === 'tracepoint' ? 'field' : 'argument'} ${index}`;
}

/** `path (argument 1)`, `argument "how"`, `argument 1`. */
export function argumentWords(hook: Called, { index, label }: Pick<NormalArg, 'index' | 'label'>): string {
  if (label !== undefined) return `argument "${label}"`;
  const name = parameterWords(hook, index);
  return name ? `${name} (${placeWords(hook, index)})` : placeWords(hook, index);
}

/** The same as the object of a sentence: `the path (argument 1)`. */
export function theArgument(hook: Called, arg: Pick<NormalArg, 'index' | 'label'>): string {
  const words = argumentWords(hook, arg);
  return /^(argument|field) /.test(words) ? words : `the ${words}`;
}

/** `the first address of the command line`: where as what it is read it is that, and not what its name says. */
export function readWords(hook: Called, { index, type }: Pick<NormalArg, 'index' | 'type'>): string {
  const name = parameterWords(hook, index) ?? '';
  const list = LISTS.includes(name) && (type === 'string' || type === 'char_buf');
  return list
    ? `the first address of the ${name} (${placeWords(hook, index)})`
    : theArgument(hook, { index });
}
