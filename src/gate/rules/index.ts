// SPDX-License-Identifier: Apache-2.0
/** The rules of a gate and of an agent: told in the log, and where there is an audit log, written down first. */
import type { AuditLog } from '../../audit/index.ts';
import { Fault } from '../../errors.ts';
import type { RulesPort } from '../../service/index.ts';
import type { Logger } from '../../telemetry/log.ts';
import type { LiveRules, RulesEvent } from './live-rules.ts';
import { liveRules, putBundle } from './open-live.ts';
import type { RulesConfig } from './origin.ts';

export interface RulesDeps {
  audit?: Pick<AuditLog, 'append'>;
  log: Logger;
  now?: () => Date;
}

/** The live rules, not started, and what the service sees of them. */
export function gateRules(config: RulesConfig, deps: RulesDeps): { rules: LiveRules; port: RulesPort } {
  const report = (event: RulesEvent): void => {
    deps.audit?.append([{ ...event, object: 'rules' }]);
    const { source, message, revision } = event.body as Record<string, string | undefined>;
    if (event.type === 'rules.refused') deps.log.error({ ...event.body }, `rules refused: ${message}`);
    else deps.log.info({ ...event.body }, `judging by revision ${revision} from ${source}`);
  };
  const live = liveRules(config, { report, now: deps.now ?? (() => new Date()) });
  const { rules } = live;
  const port: RulesPort = {
    state: () => rules.state(),
    failure: () => rules.failure(),
    archive: () => rules.archive(),
    put: (archive, by) => putBundle(live, archive, by),
  };
  return { rules, port };
}

/** The agent's: started, and it has rules, or this throws. Nothing unsigned comes to it over a network. */
export async function agentRules(config: RulesConfig, log: Logger): Promise<LiveRules> {
  const { rulesBundle = '', bundle } = config;
  if (/^https?:/i.test(rulesBundle) && bundle.keyFile === undefined) {
    throw new Fault(
      'config',
      `rulesBundle ${rulesBundle}: an agent takes rules over a network only signed: set bundle.keyFile`,
    );
  }
  const { rules } = gateRules(config, { log });
  await rules.start();
  rules.current();
  return rules;
}
