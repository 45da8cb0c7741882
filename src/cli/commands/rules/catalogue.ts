// SPDX-License-Identifier: Apache-2.0
/** The rules in question: the gate's with --server, else those a local review would judge by. */
import { type RuleEntry, rulesCatalogue } from '../../../guardrails/index.ts';
import type { RulesState } from '../../../model/rules-state.ts';
import type { CommandDeps } from '../../command.ts';
import { placeOfRules } from '../../review/local-judge.ts';
import { allOf } from '../pages.ts';

export type ListedRule = RuleEntry & { mode?: string };

export async function catalogueOf({
  serverNamed,
  gate,
  out,
  loaded: { config },
}: CommandDeps): Promise<ListedRule[]> {
  if (serverNamed) {
    const rules = await allOf<ListedRule>(gate(), '/v1/rules');
    const { failing } = (await gate().call<RulesState>({ method: 'GET', path: '/v1/rules/bundle' })).body;
    if (failing !== undefined)
      out.say(`newer rules do not come into force since ${failing.since}: ${failing.message}`);
    return rules;
  }
  return rulesCatalogue(placeOfRules(undefined, config));
}
