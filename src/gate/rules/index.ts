// SPDX-License-Identifier: Apache-2.0
/** The rules of a gate and of an agent: told in the log, and where there is an audit log, written down first. */
import type { AuditEntry } from '../../audit/index.ts';
import { Fault } from '../../errors.ts';
import type { RulesPort } from '../../service/index.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { LiveRules } from './live-rules.ts';
import { liveRules, putBundle } from './open-live.ts';
import type { RulesConfig } from './origin.ts';
import type { RulesEvent } from './rules-event.ts';

export interface RulesLog {
  append(entries: AuditEntry[]): unknown;
}

export interface RulesDeps {
  audit?: RulesLog;
  log: Logger;
  now?: () => Date;
}

/** The live rules, not started, and what the service sees of them. */
export function gateRules(config: RulesConfig, deps: RulesDeps): { rules: LiveRules; port: RulesPort } {
  const report = (event: RulesEvent): void => {
    deps.audit?.append([{ ...event, object: 'rules' }]);
    const { source, message, revision } = event.body as Record<string, string | undefined>;
    if (event.type === 'rules.refused') deps.log.error({ ...event.body }, `rules refused: ${message}`);
    else if (event.type === 'rules.older-allowed')
      deps.log.warn({ ...event.body }, `an older rule set is let in: ${event.body.reason}`);
    else deps.log.info({ ...event.body }, `judging by revision ${revision} from ${source}`);
  };
  const live = liveRules(config, { report, now: deps.now ?? (() => new Date()) });
  const { rules } = live;
  const port: RulesPort = {
    state: () => rules.state(),
    failure: () => rules.failure(),
    archive: () => rules.archive(),
    put: (archive, by) => putBundle(live, archive, by),
    allowOlder: (allowing) => rules.allowOlder(allowing),
  };
  return { rules, port };
}

export interface AgentRules {
  rules: LiveRules;
  /** What happened up to here is written down there, and what happens from now on. */
  record(audit: RulesLog): void;
}

/** The agent's: started, and it has rules, or this throws. Nothing unsigned comes to it over a network. */
export async function agentRules(config: RulesConfig, log: Logger): Promise<AgentRules> {
  const { rulesBundle = '', bundle } = config;
  if (/^https?:/i.test(rulesBundle) && bundle.keyFile === undefined) {
    throw new Fault(
      'config',
      `rulesBundle ${rulesBundle}: an agent takes rules over a network only signed: set bundle.keyFile`,
    );
  }
  // the rules are there before the log is: a host without rules does not get as far as that
  const early: AuditEntry[] = [];
  const deps: RulesDeps = { log, audit: { append: (entries) => void early.push(...entries) } };
  const { rules } = gateRules(config, deps);
  await rules.start();
  rules.current();
  const record: AgentRules['record'] = (audit) => {
    deps.audit = audit;
    if (early.length > 0) audit.append(early.splice(0));
  };
  return { rules, record };
}
