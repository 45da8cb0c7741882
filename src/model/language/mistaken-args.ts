// SPDX-License-Identifier: Apache-2.0
/** Arguments that are something else than who writes them down takes them for: loaded as written, and said. */
import type { NormalHook } from '../normal-policy.ts';
import type { Ledger } from './ledger.ts';

/** What the record of every tracepoint begins with. */
const COMMON = ['common_type', 'common_flags', 'common_preempt_count', 'common_pid'];
const OWN_FIELDS = COMMON.length;
const CALL_ENTRY = /^syscalls\/sys_enter_/;
const CALL_EXIT = /^syscalls\/sys_exit_/;

/** By call: the arguments that are lists of addresses, and where the texts are that they lead to. */
const LISTS: Readonly<Record<string, readonly number[]>> = { sys_execve: [1, 2], sys_execveat: [2, 3] };
const TEXTS: readonly string[] = ['string', 'char_buf'];

export function noteMistakenArgs(
  ledger: Ledger,
  hook: Pick<NormalHook, 'type' | 'call' | 'args' | 'also'>,
): void {
  if (hook.type === 'tracepoint') noteCommonFields(ledger, hook);
  noteLists(ledger, hook);
  for (const arg of hook.args) noteSize(ledger, arg);
}

function noteSize(
  ledger: Ledger,
  { index, type, sizeArgIndex, path, source }: NormalHook['args'][number],
): void {
  // what comes from elsewhere has no number among the parameters
  if (source !== undefined || sizeArgIndex !== index + 1) return;
  ledger.notes.push({
    pointer: `${path}/sizeArgIndex`,
    message: `sizeArgIndex counts from 1: ${sizeArgIndex} is argument ${index}, the ${type} itself, and its address no size`,
    fix: `use ${sizeArgIndex + 1} where the size is argument ${index + 1}`,
  });
}

function noteCommonFields(ledger: Ledger, { call, args }: Pick<NormalHook, 'call' | 'args'>): void {
  for (const { index, path } of args) {
    const field = COMMON[index];
    if (field === undefined) continue;
    ledger.notes.push({
      pointer: `${path}/index`,
      message: `field ${index} is ${field}, which the record of every tracepoint begins with`,
      fix: ownFieldFix(call, index),
    });
  }
}

function ownFieldFix(call: string, index: number): string {
  if (CALL_ENTRY.test(call))
    return `use ${index + OWN_FIELDS + 1} for argument ${index} of the call: the first is field ${OWN_FIELDS + 1}`;
  if (CALL_EXIT.test(call)) return `use ${OWN_FIELDS + 1} for what the call returns`;
  return `a tracepoint's own fields begin with ${OWN_FIELDS}`;
}

function noteLists(
  ledger: Ledger,
  { type, call, also = call, args }: Pick<NormalHook, 'type' | 'call' | 'args' | 'also'>,
): void {
  const lists = Object.hasOwn(LISTS, also) ? (LISTS[also] as readonly number[]) : [];
  const before = type === 'tracepoint' ? OWN_FIELDS + 1 : 0;
  for (const arg of args) {
    if (arg.source !== undefined || !lists.includes(arg.index - before) || !TEXTS.includes(arg.type))
      continue;
    ledger.notes.push({
      pointer: arg.path,
      message: `it is a list of addresses, and no text: what is read are the bytes of the first address, and no filter on words of a command line matches`,
      fix: 'leave it out: events tell the command line by themselves',
    });
  }
}
