// SPDX-License-Identifier: Apache-2.0
/** `args[]` and `returnArg`: what is read from a hook, in canonical types. */
import type { ArgSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { HookType, NormalArg } from '../normal-policy.ts';
import { canonicalType, isReturnedObject, REFUSED_TYPE, SUPPORTED_TYPES } from './arg-types.ts';
import { checkBuffer } from './buffers.ts';
import { type Ledger, refuse, refuseFields, refuseUnsupported } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { resolvedBy, sourceOf } from './resolve.ts';

/** What a return value is not asked for. */
const OF_ARGUMENTS = ['resolve', 'source', 'btfType', 'btfTypeModule', 'maxData', 'returnCopy'];
/** What only a function of the kernel is handed: a system call has no pointers to it. */
const KERNEL_OBJECTS: readonly string[] = [
  ...[
    'file',
    'path',
    'filename',
    'sock',
    'socket',
    'skb',
    'linux_binprm',
    'kiocb',
    'dentry',
    'net_device',
    'iov_iter',
  ],
  ...['kernel_cap_t', 'cap_inheritable', 'cap_permitted', 'cap_effective', 'cred', 'user_namespace'],
  ...['bpf_prog', 'bpf_map', 'perf_event', 'load_info', 'module'],
];
/** A tracepoint's record holds no such pointers, but for those of the network; what would be read is not what was meant. */
const NOT_IN_RECORDS: readonly string[] = KERNEL_OBJECTS.filter((type) => !/^(sock|socket|skb)$/.test(type));

/** What a program is handed lies in its own memory: nothing of the kernel's. */
const NOT_IN_PROGRAMS: readonly string[] = [...KERNEL_OBJECTS, 'bpf_attr'];

/** What a hook reads: its parameters, then its data. */
export function argsAndData(
  ledger: Ledger,
  hook: HookType,
  { args = [], data = [] }: { args?: ArgSpec[]; data?: ArgSpec[] },
  path: string,
): NormalArg[] {
  const all = [
    ...normalArgs(ledger, hook, args, `${path}/args`),
    ...normalData(ledger, hook, data, `${path}/data`),
  ];
  if (args.length <= POLICY_LIMITS.args && all.length > POLICY_LIMITS.args) {
    const message = `a hook reads ${args.length} arguments and ${data.length} data, together at most ${POLICY_LIMITS.args}`;
    refuse(ledger, `${path}/data`, message, 'leave some out');
  }
  return all;
}

/** Every argument, in the document's order; one that is refused keeps its place, so that positions stay true. */
export function normalArgs(
  ledger: Ledger,
  hook: HookType,
  specs: readonly ArgSpec[],
  pointer: string,
): NormalArg[] {
  if (specs.length > POLICY_LIMITS.args) {
    refuse(
      ledger,
      pointer,
      `a hook reads ${specs.length} arguments, at most ${POLICY_LIMITS.args} are possible`,
      'leave some out',
    );
  }
  return specs.map((spec, index) => {
    const at = `${pointer}/${index}`;
    // an LSM hook has no data: what Tetragon reads from the task stands among its arguments
    const source = sourceOf(ledger, spec, hook === 'lsm' ? ['current_task'] : [], at);
    const arg = { ...normalArg(ledger, spec, hook, at), ...resolvedBy(ledger, hook, spec, source, at) };
    if (source === undefined) checkPlace(ledger, hook, arg);
    return arg;
  });
}

/** `data`: values that are no parameters. They stand behind the arguments; `index` is that of none. */
export function normalData(
  ledger: Ledger,
  hook: HookType,
  specs: readonly ArgSpec[],
  pointer: string,
): NormalArg[] {
  return specs.map((spec, position) => {
    const at = `${pointer}/${position}`;
    const source = sourceOf(ledger, spec, ['current_task', 'pt_regs'], at);
    if (spec.source === undefined || spec.source === '')
      refuse(ledger, at, 'an entry of data has no source', 'add source: current_task and resolve');
    if (spec.sizeArgIndex)
      refuse(
        ledger,
        `${at}/sizeArgIndex`,
        'an entry of data has no parameters to take a size from',
        'leave it out',
      );
    refuseFields(ledger, at, spec, ['returnCopy', 'maxData']);
    const arg = normalArg(ledger, spec, hook, at);
    return { ...arg, index: -1, ...resolvedBy(ledger, hook, spec, source, at) };
  });
}

/** Arguments of which a system call has none. */
export function refuseKernelObjects(ledger: Ledger, args: readonly NormalArg[]): void {
  for (const { type, path, source, resolve } of args) {
    if (source !== undefined) continue;
    if (resolve !== undefined) {
      const message = 'a system call is handed no structure of the kernel to look into';
      refuse(ledger, `${path}/resolve`, message, 'hook the security_ function behind it, or use data');
    }
    if (!KERNEL_OBJECTS.includes(type)) continue;
    const message = `a system call is handed no ${type}`;
    refuse(
      ledger,
      `${path}/type`,
      message,
      'hook the security_ function behind it, or use string, fd or a number',
    );
  }
}

/** Where a function of the kernel is hooked its parameters are to be had, and no registers. */
export function refuseRegisters(ledger: Ledger, args: readonly NormalArg[]): void {
  for (const { source, path } of args) {
    if (source !== 'pt_regs') continue;
    const message = 'a hook on a function of the kernel is shown its parameters, not the registers';
    refuse(
      ledger,
      `${path}/source`,
      message,
      'put the parameter into args (rdi is index 0, rsi 1, rdx 2, rcx 3, r8 4)',
    );
  }
}

/** When a function of a program returns, its arguments are gone from their registers. */
export function refuseArgsAtReturn(ledger: Ledger, args: readonly NormalArg[], pointer: string): void {
  if (args.every(({ source }) => source === 'current_task')) return;
  const message = 'at its return a function of a program has no arguments any more';
  refuse(ledger, pointer, message, 'read them in an entry of their own, without return: true');
}

/** The return value: a number, or one of the objects that such a function may return. */
export function normalReturnArg(
  ledger: Ledger,
  spec: ArgSpec,
  pointer: string,
  objects: readonly string[],
): NormalArg {
  refuseFields(ledger, pointer, spec, OF_ARGUMENTS);
  const arg = normalArg(ledger, spec, 'return', pointer);
  if (isReturnedObject(arg.type) && !objects.includes(arg.type)) {
    const others =
      objects.length <= 2 ? objects.join(' or ') : 'the type of what its function returns a pointer to';
    refuse(
      ledger,
      `${pointer}/type`,
      `nothing that is returned here is a ${arg.type}`,
      `use int, int64 or another number type, or ${others}`,
    );
  }
  return arg;
}

function normalArg(ledger: Ledger, spec: ArgSpec, hook: HookType | 'return', pointer: string): NormalArg {
  const type = inItsPlace(ledger, typeOf(ledger, spec, hook, pointer), hook, pointer);
  const sizeArgIndex = spec.sizeArgIndex ?? 0;
  const { returnCopy = false, maxData = false } = spec;
  checkSize(ledger, type, returnCopy && type !== 'char_iovec' ? RETURNED : sizeArgIndex, pointer);
  checkBuffer(ledger, spec, type, pointer);
  return {
    path: pointer,
    index: spec.index,
    type,
    ...(spec.label === undefined ? {} : { label: spec.label }),
    sizeArgIndex,
    ...(returnCopy && { returnCopy }),
    ...(maxData && { maxData }),
  };
}

/** Where the host's kernel tells it: the record of a tracepoint, and what `resolve` leads to. */
function isDerivable({ resolve = '' }: ArgSpec, hook: HookType | 'return'): boolean {
  return hook === 'tracepoint' || (resolve !== '' && hook !== 'return');
}

function typeOf(ledger: Ledger, spec: ArgSpec, hook: HookType | 'return', pointer: string): string {
  const { type = 'auto' } = spec;
  const canonical = canonicalType(type);
  if (canonical === undefined) {
    const fix = suggestion(type, SUPPORTED_TYPES);
    refuseUnsupported(ledger, `${pointer}/type`, `the argument type ${type}`, fix);
    return REFUSED_TYPE;
  }
  if (canonical !== 'auto') return canonical;
  // as Tetragon has it: a field that points to as many bytes as another field says
  if (hook === 'tracepoint' && spec.sizeArgIndex) return 'char_buf';
  if (isDerivable(spec, hook)) return canonical;
  const known = SUPPORTED_TYPES.slice(0, 12).join(', ');
  refuse(ledger, pointer, 'the argument names no type', `add type: ${known} …`);
  return REFUSED_TYPE;
}

const OF_RECORDS: readonly string[] = ['data_loc', 'const_buf'];

function inItsPlace(ledger: Ledger, type: string, hook: HookType | 'return', pointer: string): string {
  if (hook === 'tracepoint' || !OF_RECORDS.includes(type)) return type;
  const message = `only the record of a tracepoint has a ${type} in it`;
  refuse(ledger, `${pointer}/type`, message, 'use string, or char_buf with sizeArgIndex');
  return REFUSED_TYPE;
}

const RETURNED = -1;

function checkSize(ledger: Ledger, type: string, sizeArgIndex: number, pointer: string): void {
  const at = `${pointer}/sizeArgIndex`;
  const needed = SIZED[type];
  if (needed !== undefined && sizeArgIndex === 0) {
    const message = `a ${type} without sizeArgIndex captures nothing`;
    refuse(ledger, pointer, message, `name the parameter that holds ${needed}, counted from 1`);
  }
  if (needed === undefined && sizeArgIndex > 0)
    refuse(ledger, at, `sizeArgIndex has no meaning for ${type}`, 'leave it out, or use type: char_buf');
}

/** What the parameter says that they cannot be read without. */
const SIZED: Readonly<Record<string, string>> = {
  char_buf: 'its size',
  char_iovec: 'how many pieces there are',
};

function checkPlace(ledger: Ledger, hook: HookType, arg: NormalArg): void {
  const { path, index, type, sizeArgIndex, returnCopy, maxData } = arg;
  const record = hook === 'tracepoint';
  const most = record
    ? POLICY_LIMITS.tracepointField
    : hook === 'usdt'
      ? POLICY_LIMITS.markerArg
      : POLICY_LIMITS.argIndex;
  if (index > most)
    refuse(ledger, `${path}/index`, `there is no argument ${index} to read`, `use 0 to ${most}`);
  if (sizeArgIndex > most + 1) {
    refuse(
      ledger,
      `${path}/sizeArgIndex`,
      `there is no parameter ${sizeArgIndex} to read a size from`,
      `use 1 to ${most + 1}`,
    );
  }
  if (returnCopy && hook !== 'kprobe')
    refuse(
      ledger,
      `${path}/returnCopy`,
      'only a call of the kernel is looked at when it returns',
      'use a kprobe',
    );
  if (maxData && hook.endsWith('tracepoint'))
    refuse(ledger, `${path}/maxData`, 'a tracepoint has no buffers of that size', 'use a kprobe');
  if (type === 'syscall64' && !hook.endsWith('tracepoint')) {
    refuse(
      ledger,
      `${path}/type`,
      'only a tracepoint is handed the number of a system call',
      'use it on raw_syscalls/sys_enter, or a number type',
    );
  }
  if ((hook === 'uprobe' || hook === 'usdt') && NOT_IN_PROGRAMS.includes(type)) {
    refuse(ledger, `${path}/type`, `a program is handed no ${type}`, 'use string, char_buf, fd or a number');
  }
  if (record && NOT_IN_RECORDS.includes(type)) {
    refuse(
      ledger,
      `${path}/type`,
      `a tracepoint's record has no ${type} in it`,
      'use raw: true, or a type the record has',
    );
  }
}
