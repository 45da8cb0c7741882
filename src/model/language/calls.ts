// SPDX-License-Identifier: Apache-2.0
/** `call`: which kernel functions a kprobe entry means, each in its one spelling. */
import type { KprobeSpec, PolicySpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { NormalHook } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse, refuseFor, refuseUnsupported } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';

export type Call = Pick<NormalHook, 'call' | 'syscall' | 'abi'>;
interface ListSpec {
  name: string;
  type?: string;
  values?: string[];
  pattern?: string;
  validated?: boolean;
}

const SYMBOL = /^[A-Za-z_][A-Za-z0-9_.]{0,126}$/;
const SYSCALL = /^(?:(x64|i386)\/)?(__x64_|__ia32_compat_|__ia32_)?(sys_[a-z0-9_]+)$/;
/** As a type of a list, and as the value of a filter: every system call the kernel has, by 64-bit programs. */
export const ALL_SYSCALLS = 'generated_syscalls';
const OF_FUNCTIONS = {
  why: 'which functions match a pattern, and how many, is another thing on every kernel',
  fix: 'write the functions that are meant as values',
};
const FOREIGN_SYSCALL = /^(?:(?:arm64|arm32)\/|__(?:arm64|s390x?|riscv|powerpc)_)/;

/** The calls of one kprobe entry: one, or each member of the list it names. */
export function callsOf(ledger: Ledger, spec: PolicySpec, kprobe: KprobeSpec, pointer: string): Call[] {
  const syscall = kprobe.syscall ?? true;
  return callsNamed(ledger, spec, kprobe.call, syscall, `${pointer}/call`);
}

/** The calls that a name, or `list:` and the name of a list, stands for. */
export function callsNamed(
  ledger: Ledger,
  spec: PolicySpec,
  written: string,
  syscall: boolean,
  at: string,
): Call[] {
  if (!written.startsWith('list:')) return oneCall(ledger, written, syscall, at);
  const lists = (spec.lists ?? []) as ListSpec[];
  const name = written.slice('list:'.length);
  const index = lists.findIndex((list) => list.name === name);
  const list = lists[index];
  if (!list) {
    refuse(
      ledger,
      at,
      `there is no list "${excerpt(name)}"`,
      suggestion(
        name,
        lists.map((known) => known.name),
      ),
    );
    return [];
  }
  return listCalls(ledger, list, syscall, `/spec/lists/${index}`);
}

/** The system calls that a list stands for as the value of a filter: `sys_dup`, `i386/sys_dup`, or all there are. */
export function callNumbers(ledger: Ledger, written: string, at: string): string[] {
  const lists = ledger.lists as ListSpec[];
  const list = lists.find(({ name }) => `list:${name}` === written);
  if (list?.type === ALL_SYSCALLS) return [ALL_SYSCALLS];
  if (list && list.type !== 'syscalls') {
    const message = `the list "${excerpt(list.name)}" is not of system calls`;
    refuse(ledger, at, message, 'give it type: syscalls or generated_syscalls');
    return [];
  }
  const index = list ? lists.indexOf(list) : -1;
  const calls = list
    ? listCalls(ledger, list, true, `/spec/lists/${index}`, true)
    : callsNamed(ledger, { lists: [...lists] }, written, true, at);
  return calls.map(({ call, abi }) => (abi === 'i386' ? `i386/${call}` : call));
}

/** What is wrong with the lists themselves, used or not. */
export function checkLists(ledger: Ledger, spec: PolicySpec): void {
  const seen = new Set<string>();
  for (const [index, list] of ((spec.lists ?? []) as ListSpec[]).entries()) {
    const pointer = `/spec/lists/${index}`;
    const { name, type = '' } = list;
    if (seen.has(name))
      refuse(ledger, `${pointer}/name`, `there are two lists named "${excerpt(name)}"`, 'rename one');
    seen.add(name);
    if (type === 'generated_ftrace') refuseFor(ledger, `${pointer}/type`, type, OF_FUNCTIONS);
    else if (list.pattern)
      refuse(
        ledger,
        `${pointer}/pattern`,
        'a pattern has no meaning in this list',
        'write the members as values',
      );
    if (type === ALL_SYSCALLS && (list.values ?? []).length > 0)
      refuse(ledger, `${pointer}/values`, `a list of type ${type} has no values`, 'leave them out');
    if (list.validated) refuseUnsupported(ledger, `${pointer}/validated`, 'validated');
  }
}

function listCalls(
  ledger: Ledger,
  list: ListSpec,
  syscall: boolean,
  pointer: string,
  asNumbers = false,
): Call[] {
  if (list.type === ALL_SYSCALLS) {
    const message = `the list "${excerpt(list.name)}" is of every system call, some hundred hooks`;
    refuse(
      ledger,
      pointer,
      message,
      'hook raw_syscalls/sys_enter, or write the ones that are meant as values',
    );
  }
  if (list.type?.startsWith('generated')) return [];
  const values = list.values ?? [];
  if (values.length === 0)
    refuse(ledger, pointer, `the list "${excerpt(list.name)}" is empty`, 'give it values');
  if (!asNumbers && values.length > POLICY_LIMITS.hooks) {
    refuse(
      ledger,
      `${pointer}/values`,
      `the list has ${values.length} members, at most ${POLICY_LIMITS.hooks} hooks are possible`,
      'split the policy',
    );
    return [];
  }
  const areSyscalls = syscall || list.type === 'syscalls';
  return values.flatMap((value, index) => oneCall(ledger, value, areSyscalls, `${pointer}/values/${index}`));
}

function oneCall(ledger: Ledger, written: string, syscall: boolean, pointer: string): Call[] {
  const match = SYSCALL.exec(written);
  if (FOREIGN_SYSCALL.test(written)) {
    refuse(
      ledger,
      pointer,
      `"${excerpt(written)}" is a system call of another machine`,
      'this runtime is for x86-64: write sys_NAME',
    );
  } else if (syscall && !match) {
    refuse(
      ledger,
      pointer,
      `"${excerpt(written)}" is not a system call`,
      'set syscall: false for a kernel function (the default is true), or write sys_NAME',
    );
  } else if (!syscall && match) {
    refuse(
      ledger,
      pointer,
      `"${excerpt(written)}" is a system call`,
      'set syscall: true, so that its arguments are found',
    );
  } else if (match) {
    const [, abi, prefix = '', name = ''] = match;
    if (abi === 'x64' && prefix.startsWith('__ia32'))
      refuse(ledger, pointer, `"${excerpt(written)}" names two ABIs`, 'write one of them');
    const legacy = abi === 'i386' || prefix.startsWith('__ia32');
    return [{ call: name, syscall: true, ...(legacy ? { abi: 'i386' as const } : {}) }];
  } else if (!SYMBOL.test(written)) {
    refuse(
      ledger,
      pointer,
      `"${excerpt(written)}" is not the name of a kernel function`,
      'write a name such as tcp_connect',
    );
  } else {
    return [{ call: written, syscall: false }];
  }
  return [];
}
