// SPDX-License-Identifier: Apache-2.0
/** A policy's arguments against the function's real prototype, before anything is loaded. */
import type { FunctionPrototype } from '../model/facts.ts';
import { isReturnedObject } from '../model/language/arg-types.ts';
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';

const POINTED: Record<string, RegExp> = {
  file: /^struct file \*$/,
  path: /^struct path \*$/,
  filename: /^struct filename \*$/,
  sock: /^struct sock \*$/,
  socket: /^struct socket \*$/,
  linux_binprm: /^struct linux_binprm \*$/,
  kiocb: /^struct kiocb \*$/,
  dentry: /^struct dentry \*$/,
  net_device: /^struct net_device \*$/,
  iov_iter: /^struct iov_iter \*$/,
  kernel_cap_t: /^(kernel_cap_t|struct kernel_cap_struct) \*$/,
  cap_inheritable: /^(kernel_cap_t|struct kernel_cap_struct) \*$/,
  cap_permitted: /^(kernel_cap_t|struct kernel_cap_struct) \*$/,
  cap_effective: /^(kernel_cap_t|struct kernel_cap_struct) \*$/,
  cred: /^struct cred \*$/,
  user_namespace: /^struct user_namespace \*$/,
  bpf_attr: /^union bpf_attr \*$/,
  bpf_prog: /^struct bpf_prog \*$/,
  bpf_map: /^struct bpf_map \*$/,
  perf_event: /^struct perf_event \*$/,
  load_info: /^struct load_info \*$/,
  module: /^struct module \*$/,
  skb: /^struct sk_buff \*$/,
  sockaddr: /^struct sockaddr(_\w+)? \*$/,
  sockaddr_un: /^struct sockaddr(_un|_storage)? \*$/,
  char_iovec: /^struct iovec \*$/,
  string: /^(unsigned )?char \*$|^u8 \*$|^void \*$/,
  char_buf: /\*$/,
};

/** Numbers as wide as a pointer. */
const WHOLE_WORDS: readonly string[] = ['uint64', 'int64', 'size_t'];

/** What a pointer to such a thing is read as where no type is named; a character's is that of a string. */
export function pointedType(kernelType: string): string | undefined {
  if (/^(unsigned )?char \*$/.test(kernelType)) return 'string';
  return Object.entries(POINTED).find(
    ([type, known]) => !LOOSE.includes(type) && known.test(kernelType),
  )?.[0];
}

/** They take more than pointers to one thing. */
const LOOSE: readonly string[] = ['string', 'char_buf', 'sockaddr_un', 'cap_inheritable'];

/** It is read as a number, whatever it is. */
export function readsNumber(type: string): boolean {
  return !(type in POINTED) && type !== 'nop';
}

export function spellPrototype(name: string, prototype: FunctionPrototype): string {
  return `${prototype.returns} ${name}(${prototype.params.map((p) => `${p.type} ${p.name}`).join(', ')})`;
}

/** What keeps a value of the kernel's type from being read as the policy's; undefined when it can be. */
export function typeProblem(kernelType: string, type: string): string | undefined {
  const wanted = POINTED[type];
  if (wanted && !wanted.test(kernelType)) return `is \`${kernelType}\`, not a ${type}`;
  if (!wanted && kernelType.endsWith('*') && !WHOLE_WORDS.includes(type))
    return `is \`${kernelType}\`, a pointer, not ${type}`;
  return undefined;
}

function problemOf(arg: NormalArg, prototype: FunctionPrototype): string | undefined {
  if (arg.type === 'nop' || arg.source !== undefined) return undefined;
  const param = prototype.params[arg.index];
  if (!param) return `argument ${arg.index} does not exist`;
  if (arg.resolve !== undefined) return undefined; // what it leads to was looked at where the route was found
  const problem = typeProblem(param.type, arg.type);
  return problem && `argument ${arg.index} ${problem}`;
}

/** Pointers to pointers, to enums and to functions: before 6.15 the verifier lets no program load them from its context. */
const NOT_LOADED = /\*\*$|^enum .*\*$|^function \*$/;

/** Bits of the parameters that the hook reads and that bpf_get_func_arg has to be asked for. */
export function paramsAsked({ args }: Pick<NormalHook, 'args'>, { params }: FunctionPrototype): number {
  return args
    .filter(({ type, source }) => type !== 'nop' && source === undefined)
    .filter(({ index }) => NOT_LOADED.test(params[index]?.type ?? ''))
    .reduce((bits, { index }) => bits | (1 << index), 0);
}

/** What is wrong, with the true prototype shown; undefined when the arguments fit. */
export function prototypeProblem(
  hook: NormalHook,
  name: string,
  prototype: FunctionPrototype,
): string | undefined {
  const { returnArg } = hook;
  const returned =
    returnArg && isReturnedObject(returnArg.type) && typeProblem(prototype.returns, returnArg.type);
  const problems = [
    ...hook.args.map((a) => problemOf(a, prototype)),
    ...(returned ? [`what it returns ${returned}`] : []),
  ].filter((p) => p !== undefined);
  return problems.length === 0
    ? undefined
    : `${problems.join('; ')}: the kernel has \`${spellPrototype(name, prototype)}\``;
}
