// SPDX-License-Identifier: Apache-2.0
import type { AuditLog } from '../audit/index.ts';
import type { Config } from '../config/index.ts';
import { auditSinks, checkpointFeed, Sinks, sinkTeller } from '../sinks/index.ts';
import type { Logger } from '../telemetry/log.ts';
import type { gatePaths } from './gate-paths.ts';

interface Around {
  audit: AuditLog;
  paths: ReturnType<typeof gatePaths>;
  log: Logger;
  version: string;
}

const FEED = 'gate-audit';

/** Throws Fault `config` for sinks that cannot work. */
export function gateSinks({ sinks }: Config, { audit, paths, log, version }: Around): Sinks {
  return new Sinks({
    ...{ part: 'gate', version, folder: paths.gateSinks },
    feeds: [
      { name: FEED, path: paths.gateAudit, sinks: auditSinks(sinks, FEED) },
      ...checkpointFeed(sinks, 'gate-checkpoints', paths.gateAudit),
    ],
    sizeOf: () => audit.head().size,
    onChange: sinkTeller(log),
  });
}
