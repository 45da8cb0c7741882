// SPDX-License-Identifier: Apache-2.0
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  registry: Registry;
  request(sample: { method: string; route: string; status: number; seconds: number }): void;
  decision(sample: {
    door: string;
    operation: string;
    verdict: 'allowed' | 'denied' | 'failed';
    seconds: number;
  }): void;
}

/** One number, or one for each value of a label. */
export type GaugeSpec = { help: string } & (
  | { read: () => number }
  | { label: string; readAll: () => Record<string, number> }
);

/** Names and labels in one place. Labels come from closed sets only: nothing a client sends can grow them. */
export function openMetrics(gauges: Record<string, GaugeSpec>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    ...{ name: 'tracegate_http_requests_total', help: 'Requests answered', registers },
    labelNames: ['method', 'route', 'status'],
  });
  const requestSeconds = new Histogram({
    ...{ name: 'tracegate_http_request_seconds', help: 'Time to answer a request', registers },
    ...{ labelNames: ['route'], buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10] },
  });
  const decisions = new Counter({
    ...{ name: 'tracegate_decisions_total', help: 'Reviews by outcome', registers },
    labelNames: ['door', 'operation', 'verdict'],
  });
  const decisionSeconds = new Histogram({
    ...{
      name: 'tracegate_decision_seconds',
      help: 'Time to judge, with the audit record on the disk',
      registers,
    },
    ...{ labelNames: ['door'], buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1] },
  });
  for (const [name, spec] of Object.entries(gauges)) {
    const { help } = spec;
    const labelNames = 'label' in spec ? [spec.label] : [];
    new Gauge({ name: `tracegate_${name}`, help, labelNames, registers, collect: gaugeReader(spec) });
  }
  return {
    registry,
    request: ({ method, route, status, seconds }) => {
      requests.inc({ method, route, status });
      requestSeconds.observe({ route }, seconds);
    },
    decision: ({ door, operation, verdict, seconds }) => {
      decisions.inc({ door, operation, verdict });
      decisionSeconds.observe({ door }, seconds);
    },
  };
}

function gaugeReader(spec: GaugeSpec): (this: Gauge) => void {
  return function collect() {
    if ('read' in spec) this.set(spec.read());
    else
      for (const [value, number] of Object.entries(spec.readAll())) this.set({ [spec.label]: value }, number);
  };
}
