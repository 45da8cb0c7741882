// SPDX-License-Identifier: Apache-2.0
/** The filters of a selector. */
import type { SelectorSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { NormalArg, NormalMatch, NormalSelector, Operator } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, OPERATORS_OF, spelledOperator } from './arg-types.ts';
import { gainedMatch } from './gained-match.ts';
import { type Ledger, refuse, refuseFor } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { type ArgMatchSpec, type Lookup, lookedAt } from './looked-at.ts';
import { arePlainPaths } from './plain-paths.ts';
import { readOnce } from './same-lists.ts';
import { letsAllPass } from './vacuous.ts';
import { checkCount, checkEntries, normalValues } from './values.ts';

export function normalMatches(
  ledger: Ledger,
  lookup: Lookup,
  specs: readonly ArgMatchSpec[],
  pointer: string,
): NormalMatch[] {
  checkEntries(ledger, specs, pointer);
  const matches: NormalMatch[] = [];
  for (const [index, spec] of specs.entries()) {
    const match = normalMatch(ledger, lookup, spec, `${pointer}/${index}`);
    if (match !== undefined) matches.push(match);
  }
  return matches;
}

/** Of CelExpr, which is none of those that are known here. What it looks at matters no more. */
const NO_EXPRESSION = {
  why: 'filters are looked up in tables here, and an expression is none',
  fix: 'write each comparison as a filter of its own (Equal, InRange, Mask, Prefix …): of one selector all have to hold, of several selectors one',
};

function normalMatch(
  ledger: Ledger,
  lookup: Lookup,
  spec: ArgMatchSpec,
  pointer: string,
): NormalMatch | undefined {
  if (spec.operator === 'CapabilitiesGained') return gainedMatch(ledger, lookup, spec, pointer);
  const spelled = spelledOperator(spec.operator);
  if (spelled === undefined) {
    refuseFor(ledger, `${pointer}/operator`, `the operator ${spec.operator}`, NO_EXPRESSION);
    return undefined;
  }
  const argPosition = lookedAt(ledger, lookup, spec, pointer);
  const arg = lookup.args[argPosition ?? -1];
  if (argPosition === undefined || !arg) return undefined;
  const known = ARG_TYPE_TABLE[arg.type];
  if (!known) return undefined;
  const allowed = OPERATORS_OF[known.class];
  const { operator } = spelled;
  if (!allowed.includes(operator)) {
    refuse(
      ledger,
      `${pointer}/operator`,
      `${spec.operator} cannot look at an argument of type ${arg.type}`,
      operatorFix(spec.operator, arg, allowed),
    );
    return undefined;
  }
  const { type, index: argIndex } = arg;
  const list = { type, operator, written: spelled.values ?? spec.values ?? [] };
  const { values, everything, plain } = readOnce(ledger, list, () =>
    readValues(ledger, list, `${pointer}/values`),
  );
  if (spelled.values && (spec.values ?? []).length > 0) noteFixedValues(ledger, spec.operator, pointer);
  const match: NormalMatch = { path: pointer, argPosition, argIndex, type, operator, values };
  if (everything) match.everything = true;
  if (plain) match.plain = true;
  return match;
}

interface Written {
  type: string;
  operator: Operator;
  written: readonly string[];
}

function readValues(ledger: Ledger, { type, operator, written }: Written, pointer: string) {
  const values = normalValues(ledger, type, operator, written, pointer);
  return {
    values,
    everything: letsAllPass(type, operator, values),
    plain: arePlainPaths(operator, values),
  };
}

function noteFixedValues(ledger: Ledger, operator: string, pointer: string): void {
  const message = `${operator} knows its ports by itself: its values have no meaning`;
  ledger.notes.push({ pointer: `${pointer}/values`, message, fix: 'leave them out' });
}

/** An address has one end, which is called the source whichever it is: where a connection goes to as well. */
const DESTINATIONS = /^(Not)?D(Addr|Port|PortPriv)$/;

function operatorFix(written: string, arg: NormalArg, allowed: readonly string[]): string {
  const destination = arg.type === 'sockaddr' ? DESTINATIONS.exec(written) : null;
  if (destination)
    return `use ${sourceOf(destination)}: the one end of a sockaddr is called the source, also where a connection goes to`;
  return allowed.length === 0 ? `no operator looks at ${arg.type} yet` : suggestion(written, allowed);
}

function sourceOf([, negated = '', part = '']: RegExpExecArray): string {
  return negated !== '' && part === 'PortPriv' ? 'NotSportPriv' : `${negated}S${part}`;
}

export function normalPids(
  ledger: Ledger,
  specs: NonNullable<SelectorSpec['matchPIDs']>,
  pointer: string,
): NormalSelector['matchPIDs'] {
  checkEntries(ledger, specs, pointer);
  return specs.map((spec, index) => {
    const path = `${pointer}/${index}`;
    checkCount(ledger, spec.values, `${path}/values`, spec.operator, POLICY_LIMITS.pids);
    spec.values.forEach((pid, at) => {
      if (pid < 0) refuse(ledger, `${path}/values/${at}`, `${pid} is not a process id`, 'use 0 or more');
    });
    return {
      path,
      operator: spec.operator as 'In' | 'NotIn',
      values: [...spec.values],
      followForks: spec.followForks ?? false,
      isNamespacePID: spec.isNamespacePID ?? false,
    };
  });
}
