// SPDX-License-Identifier: Apache-2.0
/** The rules in question: the gate's with --server, else those a local review would judge by. */
import { existsSync } from 'node:fs';
import { statePaths } from '../../../config/index.ts';
import { type RuleEntry, rulesCatalogue, SHIPPED_BUNDLE } from '../../../guardrails/index.ts';
import type { CommandDeps } from '../../command.ts';
import { allOf } from '../pages.ts';

export type ListedRule = RuleEntry & { mode?: string };

export async function catalogueOf({
  serverNamed,
  gate,
  loaded: { config },
}: CommandDeps): Promise<ListedRule[]> {
  if (serverNamed) return await allOf<ListedRule>(gate(), '/v1/rules');
  const inState = statePaths(config.stateDir).rulesBundle;
  return rulesCatalogue(config.rulesBundle ?? (existsSync(inState) ? inState : SHIPPED_BUNDLE));
}
