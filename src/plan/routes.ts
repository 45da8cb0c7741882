// SPDX-License-Identifier: Apache-2.0
/** Arguments that are reached by a path through the kernel's structures: `resolve`, and the registers of `pt_regs`. */
import type { HostFacts } from '../model/facts.ts';
import { type FieldRoute, fieldName } from '../model/field-path.ts';
import type { NormalArg, NormalHook } from '../model/normal-policy.ts';
import { type Register, registerNamed } from '../model/registers.ts';
import type { ArgConfig, RouteConfig } from './hook-config.ts';
import { STRUCTS, TG_FROM } from './layout.generated.ts';
import { readsNumber, typeProblem } from './prototype-check.ts';
import { REGISTER_WORD } from './registers-x86-64.ts';
import { fieldQuery } from './symbols.ts';

/** Behind the raw values, in the order of arguments: what routes lead to. */
const ROUTED = STRUCTS.tg_hook_config.fields.routes.count;

const FROM: Record<NonNullable<NormalArg['source']>, RouteConfig['from']> = {
  current_task: TG_FROM.TG_FROM_TASK,
  pt_regs: TG_FROM.TG_FROM_REGISTERS,
};

const WORD_BYTES = 8;

/** Where the registers of the running task lie. */
function registerRoute(name: string): FieldRoute {
  const { of, offsetBytes, sizeBytes } = registerNamed(name) as Register;
  const offset = WORD_BYTES * (REGISTER_WORD[of] as number) + offsetBytes;
  return { offsets: [offset], sizeBytes, signed: false, type: 'unsigned long' };
}

/** A structure has no number of its own, and where it lies is nobody's business. */
function endProblem({ sizeBytes, type, members }: FieldRoute, wanted: string): string | undefined {
  if (sizeBytes > 0 || !readsNumber(wanted)) return typeProblem(type, wanted);
  const inside = members
    ? `: name a member of it (${members.join(', ')})`
    : ': name one of its elements by [0]';
  return `is \`${type.replace(/ ?\*$/, '')}\`, not ${wanted}${inside}`;
}

function routeOf(hook: NormalHook, arg: NormalArg, facts: HostFacts): FieldRoute | string | undefined {
  if (arg.source === 'pt_regs') return registerRoute(arg.resolve as string);
  const query = fieldQuery(hook, arg);
  if (!query) return undefined;
  const asked = `\`${query.path}\`${arg.source === 'current_task' ? ' of the running task' : ''}`;
  const fact = facts.fields?.[fieldName(query)];
  if (!fact) return `${facts.host} was not asked about ${asked}`;
  if ('problem' in fact)
    return `the kernel of ${facts.host} (${facts.kernelRelease}) cannot resolve ${asked}: ${fact.problem}`;
  const problem = arg.type === 'auto' ? undefined : endProblem(fact, arg.type);
  return problem ? `${asked} on ${facts.host} ${problem}` : fact;
}

/** The hook with the ways to its arguments, as this host's kernel has them, or why there is none. */
export function withRoutes(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  const routes = hook.args.map((arg) => routeOf(hook, arg, facts));
  const problems = routes.filter((route) => typeof route === 'string');
  if (problems.length > 0) return { reason: problems.join('; ') };
  const args = hook.args.map((arg, i) => {
    const route = routes[i] as FieldRoute | undefined;
    return route ? { ...arg, route } : arg;
  });
  return { ...hook, args };
}

/** What another thread of the process may change: text that a register leads to. */
export function isUserText({ source, type }: NormalArg): boolean {
  return source === 'pt_regs' && type === 'string';
}

/** How a program reads the argument: by its route, where it has one. Some read more than the policy names. */
export function routedArg(arg: NormalArg | undefined, read: ArgConfig, position: number): ArgConfig {
  if (!arg?.route) return read;
  const { route, source, index } = arg;
  const { offsets, sizeBytes, signed } = route;
  const start = source ? { from: FROM[source], param: 0 } : { from: TG_FROM.TG_FROM_PARAM, param: index };
  return { ...read, param: ROUTED + position, route: { ...start, offsets, sizeBytes, signed } };
}
