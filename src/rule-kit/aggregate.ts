// SPDX-License-Identifier: Apache-2.0
/** The generated half of the entry point: one line per guardrail found, so that no list is kept by hand. */
import { groupsOf } from '../guardrails/organisation.ts';
import type { FoundRule } from './discover.ts';

/**
 * `active`: the groups of rules whose traits hold (all of them where data.judging.selection is off).
 * `outcome`: what each rule that runs has found. A rule without a `findings` set is missing here, and the
 * count of rules then does not add up.
 */
export function aggregate(rules: readonly FoundRule[]): string {
  const groups = [...groupsOf(rules)].flatMap(([name, [first]]) => active(name, first?.applies ?? []));
  const outcomes = [...groupsOf(rules)].flatMap(([name, members]) => [
    groupOutcome(name),
    ...members.map((rule) => outcome(name, rule)),
  ]);
  const imports = ['import data.tracegate.judge', 'import data.tracegate.traits'];
  return `${[
    '# Generated from the folders that hold guardrails; not to be edited.\npackage tracegate.found',
    imports.join('\n'),
    `total := ${rules.length}`,
    ...groups,
    ...outcomes,
  ].join('\n\n')}\n`;
}

/** What judges loads of BPF programs, or what was done with them, has nothing to say of policies, and the other way round. */
const OF_HOST = ['loads', 'activity'];

function active(name: string, traits: readonly string[]): string[] {
  const head = `active.${name}`;
  const own = OF_HOST.find((trait) => traits.includes(trait));
  const about = own === undefined ? '\tnot traits.of_host' : `\ttraits.${own}`;
  const others = traits.filter((trait) => trait !== own);
  if (others.length === 0) return [`${head} if {\n${about}\n}`];
  const conditions = [about, ...others.map((trait) => `\ttraits.${trait}`)].join('\n');
  return [`${head} if {\n${conditions}\n}`, `${head} if {\n${about}\n\tdata.judging.selection == "off"\n}`];
}

/** Those of a group are asked only where it is active: otherwise they cost nothing, however many there are. */
function groupOutcome(group: string): string {
  return `outcome[id] := list if {\n\tactive.${group}\n\tsome id, list in ${group}\n}`;
}

function outcome(group: string, rule: FoundRule): string {
  const conditions = [`data.on["${rule.id}"]`, `not judge.switched_off["${rule.id}"]`];
  const body = conditions.map((condition) => `\t${condition}`).join('\n');
  return `${group}["${rule.id}"] := data.${rule.package}.findings if {\n${body}\n}`;
}
