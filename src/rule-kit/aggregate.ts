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
    'default unselected := false',
    rule('unselected', ['data.judging.selection == "off"']),
    ...groups,
    ...outcomes,
  ].join('\n\n')}\n`;
}

/** What judges loads of BPF programs, or what was done with them, has nothing to say of policies, and the other way round. */
const OF_HOST = ['loads', 'activity'];

/** Traits that no load and no activity has. */
const OF_POLICY = ['writes', 'updates', 'deletes'];

/**
 * What does not hold has a value, for the module remembers no undefined one; `active` has the groups where it does hold.
 */
function active(name: string, traits: readonly string[]): string[] {
  const own = OF_HOST.find((trait) => traits.includes(trait));
  const about = own === undefined ? 'not traits.of_host' : `traits.${own}`;
  const others = traits.filter((trait) => trait !== own).map((trait) => `traits.${trait}`);
  const said = traits.some((trait) => OF_POLICY.includes(trait)) ? others : [about, ...others];
  const off = others.length === 0 ? [] : [rule(`on_${name}`, [about, 'unselected'])];
  return [
    `default on_${name} := false`,
    rule(`on_${name}`, said),
    ...off,
    rule(`active.${name}`, [`on_${name}`]),
  ];
}

function rule(head: string, conditions: readonly string[]): string {
  return `${head} if {\n${conditions.map((condition) => `\t${condition}`).join('\n')}\n}`;
}

/** Those of a group are asked only where it is active: otherwise they cost nothing, however many there are. */
function groupOutcome(group: string): string {
  return rule('outcome[id] := list', [`on_${group}`, `some id, list in ${group}`]);
}

function outcome(group: string, { id, package: from }: FoundRule): string {
  const conditions = [`data.on["${id}"]`, `not judge.switched_off["${id}"]`];
  return rule(`${group}["${id}"] := data.${from}.findings`, conditions);
}
