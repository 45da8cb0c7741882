// SPDX-License-Identifier: Apache-2.0
/** A policy's arguments against the function's real prototype, before anything is loaded. */
import type { FunctionPrototype } from '../model/facts.ts';
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
  string: /^(unsigned )?char \*$|^u8 \*$|^void \*$/,
  char_buf: /\*$/,
};

export function spellPrototype(name: string, prototype: FunctionPrototype): string {
  return `${prototype.returns} ${name}(${prototype.params.map((p) => `${p.type} ${p.name}`).join(', ')})`;
}

function problemOf(arg: NormalArg, prototype: FunctionPrototype): string | undefined {
  if (arg.type === 'nop') return undefined;
  const param = prototype.params[arg.index];
  if (!param) return `argument ${arg.index} does not exist`;
  const wanted = POINTED[arg.type];
  const isPointer = param.type.endsWith('*');
  if (wanted && !wanted.test(param.type))
    return `argument ${arg.index} is \`${param.type}\`, not a ${arg.type}`;
  if (!wanted && isPointer && !['uint64', 'int64', 'size_t'].includes(arg.type))
    return `argument ${arg.index} is \`${param.type}\`, a pointer, not ${arg.type}`;
  return undefined;
}

/** What is wrong, with the true prototype shown; undefined when the arguments fit. */
export function prototypeProblem(
  hook: NormalHook,
  name: string,
  prototype: FunctionPrototype,
): string | undefined {
  const returned = hook.returnArg?.type === 'sock' && !/^struct sock \*$/.test(prototype.returns);
  const problems = [
    ...hook.args.map((a) => problemOf(a, prototype)),
    ...(returned ? [`it returns \`${prototype.returns}\`, not a sock`] : []),
  ].filter((p) => p !== undefined);
  return problems.length === 0
    ? undefined
    : `${problems.join('; ')}: the kernel has \`${spellPrototype(name, prototype)}\``;
}
