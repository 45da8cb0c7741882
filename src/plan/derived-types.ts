// SPDX-License-Identifier: Apache-2.0
/** `type: auto`: what a field of a tracepoint, or what `resolve` leads to, is on this host; its filters are looked at again. */
import type { HostFacts, TracepointField } from '../model/facts.ts';
import type { FieldRoute } from '../model/field-path.ts';
import { ARG_TYPE_TABLE, OPERATORS_OF } from '../model/language/arg-types.ts';
import { newLedger } from '../model/language/ledger.ts';
import { normalValues } from '../model/language/values.ts';
import type { NormalArg, NormalHook, NormalMatch } from '../model/normal-policy.ts';
import { pointedType } from './prototype-check.ts';

const LONG_BYTES = 8;
// biome-ignore format: a table is read in rows
const NUMBERS: Readonly<Record<number, [string, string]>> = { 1: ['uint8', 'int8'], 2: ['uint16', 'int16'], 4: ['uint32', 'int'], 8: ['uint64', 'int64'] };

type Derived = string | { problem: string };

function numberType(type: string, sizeBytes: number, signed: boolean): Derived {
  if (type === 'size_t') return type;
  return NUMBERS[sizeBytes]?.[Number(signed)] ?? { problem: `has ${sizeBytes} bytes (${type}): name a type` };
}

function pointerType(type: string): string {
  return pointedType(type.replace(/\bconst /g, '')) ?? 'uint64';
}

/** The elements of an array and how many bytes each has; undefined for what is none. */
export function elementsOf({ type, sizeBytes }: TracepointField): { of: string; bytes: number } | undefined {
  const [, of = '', count] = /^(.*?)\s*\[(\d+)\]$/.exec(type) ?? [];
  return count === undefined
    ? undefined
    : { of: of.replace(/\bconst /g, ''), bytes: sizeBytes / Number(count) };
}

/** A record's own types, as far as something reads them; an array of no text is bytes, told as numbers where they are long. */
function fieldType(field: TracepointField): Derived {
  const { name, type, dynamic, sizeBytes, signed } = field;
  if (dynamic)
    return /\bchar\b/.test(type) ? 'data_loc' : { problem: `${name} has a dynamic length (${type})` };
  const elements = elementsOf(field);
  if (elements)
    return elements.of === 'char' ? 'string' : elements.bytes === LONG_BYTES ? 'const_buf' : 'char_buf';
  return type.endsWith('*') ? pointerType(type) : numberType(type, sizeBytes, signed);
}

function routeType({ type, sizeBytes, signed }: FieldRoute): Derived {
  if (type.endsWith('*')) {
    const known = pointerType(type);
    if (sizeBytes > 0 || known !== 'uint64') return known;
    return {
      problem: `is \`${type.replace(/ ?\*$/, '')}\`, which nothing reads as a whole: name a member, or a type`,
    };
  }
  return numberType(type, sizeBytes, signed);
}

function derivedType(hook: NormalHook, arg: NormalArg, facts: HostFacts): Derived {
  if (arg.route) return routeType(arg.route);
  const field = facts.tracepoints[hook.call]?.[arg.index];
  // what the tracepoint does not have is refused by the name of the tracepoint
  return field ? fieldType(field) : 'uint64';
}

/** The same filter on the type that there is; what it cannot say of that is a problem. */
function again(match: NormalMatch, type: string): NormalMatch | string {
  const { operator, path } = match;
  const known = ARG_TYPE_TABLE[type];
  if (!known || !OPERATORS_OF[known.class].includes(operator))
    return `argument ${match.argIndex} is ${type} here, which ${operator} cannot look at`;
  const ledger = newLedger();
  const values = normalValues(ledger, type, operator, match.values, path);
  const [problem] = ledger.problems;
  return problem
    ? `argument ${match.argIndex} is ${type} here: ${problem.message}`
    : { ...match, type, values };
}

/** The hook with the types that this host's kernel gives to what names none, or why it does not fit them. */
export function withTypes(hook: NormalHook, facts: HostFacts): NormalHook | { reason: string } {
  if (hook.args.every(({ type }) => type !== 'auto')) return hook;
  const problems: string[] = [];
  const args = hook.args.map((arg) => {
    if (arg.type !== 'auto') return arg;
    const type = derivedType(hook, arg, facts);
    if (typeof type === 'string') return { ...arg, type };
    problems.push(`${hook.call} on ${facts.host}: ${arg.resolve ?? `field ${arg.index}`} ${type.problem}`);
    return arg;
  });
  const selectors = hook.selectors.map((selector) => ({
    ...selector,
    matchArgs: selector.matchArgs.map((match) => {
      const type = args[match.argPosition]?.type ?? match.type;
      const renewed = match.type === 'auto' && type !== 'auto' ? again(match, type) : match;
      if (typeof renewed !== 'string') return renewed;
      problems.push(`${hook.call} on ${facts.host}: ${renewed}`);
      return match;
    }),
  }));
  return problems.length > 0 ? { reason: problems.join('; ') } : { ...hook, args, selectors };
}
