// SPDX-License-Identifier: Apache-2.0
import { type Config, statePaths } from '../config/index.ts';
import { Fault } from '../errors.ts';
import { auditSinks, checkpointFeed, type FeedSpec, remoteSinks } from '../sinks/index.ts';

const AUDIT_FEED = 'agent-audit';
const CHECKPOINT_FEED = 'agent-checkpoints';

/** What of this host goes to sinks, and to which. Throws Fault `config` for what cannot work. */
export function agentFeeds(config: Config): FeedSpec[] {
  const { agentAudit } = statePaths(config.stateDir);
  const audit = { name: AUDIT_FEED, path: agentAudit, sinks: auditSinks(config.sinks, AUDIT_FEED) };
  const heads = checkpointFeed(config.sinks, CHECKPOINT_FEED, agentAudit);
  return [audit, ...heads, ...(config.sinks.events === 'on' ? [eventFeed(config)] : [])];
}

function eventFeed({ events, sinks: configured }: Config): FeedSpec {
  const sinks = remoteSinks(configured);
  if (sinks.length === 0)
    throw new Fault(
      'config',
      'sinks.events is on, and there is nowhere to send them: set sinks.syslog or sinks.webhook',
    );
  if (events.file === undefined)
    throw new Fault('config', 'sinks.events is on, and events are read from events.file: set that too');
  return { name: 'agent-events', path: events.file, kept: events.filesKept, sinks };
}
