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
  const problems = hook.args.map((a) => problemOf(a, prototype)).filter((p) => p !== undefined);
  return problems.length === 0
    ? undefined
    : `${problems.join('; ')}: the kernel has \`${spellPrototype(name, prototype)}\``;
}
