// SPDX-License-Identifier: Apache-2.0
/** The rule set the configuration names, kept up to date. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asFault, Fault } from '../../errors.ts';
import { ARCHIVE_NAME, openRuleset, replaceFile, unpackBundle } from '../../guardrails/index.ts';
import { readDocument } from '../../model/read-document.ts';
import type { RulesState } from '../../model/rules-state.ts';
import { AcceptedRules } from './accepted-rules.ts';
import { LiveRules, type LiveRulesDeps } from './live-rules.ts';
import { type Origin, originOf, type RulesConfig } from './origin.ts';
import type { Brought } from './rules-event.ts';

/** The live rules of a process; not started yet. Fault `config` for what can never work. */
export function liveRules(
  config: RulesConfig,
  deps: Pick<LiveRulesDeps, 'report' | 'now'>,
): { rules: LiveRules; origin: Origin } {
  const origin = originOf(config);
  const data = config.dataFile === undefined ? {} : { data: dataIn(config.dataFile) };
  const open: LiveRulesDeps['open'] = (files) => openRuleset({ files, profile: config.profile, ...data });
  const accepted = new AcceptedRules(config.stateDir, origin.trust !== undefined);
  return { rules: new LiveRules({ ...deps, origin, open, accepted }), origin };
}

/** Puts an archive in the place of what judges; it stays there over a restart. */
export async function putBundle(
  { rules, origin }: { rules: LiveRules; origin: Origin },
  archive: Uint8Array,
  { actor, check }: Pick<Brought, 'actor' | 'check'>,
): Promise<RulesState> {
  const { keeps } = origin;
  if (keeps === undefined) {
    throw new Fault(
      'conflict',
      `the rules come from ${origin.name} (rulesBundle): put the bundle there, or take that key out of the configuration`,
    );
  }
  const files = () => unpackBundle(archive, origin.trust);
  const accepted = () => replaceFile(join(keeps, ARCHIVE_NAME), archive);
  return rules.replace({ found: { files, accepted }, source: keeps, actor, check });
}

function dataIn(path: string): unknown {
  try {
    return readDocument(readFileSync(path), 'auto').value;
  } catch (cause) {
    throw new Fault('config', `the guardrails' data ${path} cannot be read: ${asFault(cause).message}`, {
      cause,
    });
  }
}
