// SPDX-License-Identifier: Apache-2.0
import type { AuditLog } from '../audit/index.ts';
import type { Service, SinkView } from '../service/index.ts';
import { type Metrics, openMetrics } from '../telemetry/metrics.ts';

export function gateMetrics(service: Service, audit: AuditLog): Metrics {
  return openMetrics({
    audit_records: { help: 'Records in the audit log', read: () => audit.head().size },
    sink_behind: {
      help: 'Records a sink has still to tell',
      label: 'sink',
      readAll: () => bySink(service, ({ behind }) => behind),
    },
    sink_failing: {
      help: '1 while a sink does not get on',
      label: 'sink',
      readAll: () => bySink(service, ({ error }) => (error === undefined ? 0 : 1)),
    },
    sink_lag_seconds: {
      help: 'For how long a sink has had something to tell and told nothing',
      label: 'sink',
      readAll: () => bySink(service, ({ lagSeconds }) => lagSeconds),
    },
    sink_laid_aside: {
      help: 'Records a receiver would not take',
      label: 'sink',
      readAll: () => bySink(service, ({ laidAside }) => laidAside),
    },
    troubles: { help: 'What keeps the gate from its work', read: () => service.troubles().length },
    rules_update_failing: {
      help: '1 while a newer rule bundle is refused or its place does not answer; the one before judges',
      read: () => service.warnings().filter(({ name }) => name === 'rules-update').length,
    },
    rules_older_refused: {
      help: '1 while the place of the rules offers a signed bundle older than the one that was taken in last',
      read: () => service.warnings().filter(({ name }) => name === 'rules-older').length,
    },
    rules_in_force_since_seconds: {
      help: 'Since when the rule set in force judges, in seconds since 1970; 0 while there is none',
      read: () => sinceSeconds(service),
    },
  });
}

function bySink(service: Service, read: (sink: SinkView) => number): Record<string, number> {
  return Object.fromEntries(service.sinks().map((sink) => [sink.name, read(sink)]));
}

function sinceSeconds(service: Service): number {
  try {
    return Date.parse(service.ruleset().since ?? '') / 1000 || 0;
  } catch {
    return 0;
  }
}
