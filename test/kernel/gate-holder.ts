// SPDX-License-Identifier: Apache-2.0
/**
 * Stands for an agent whose gate enforces: STATE_DIR BPFFS_DIR LISTED. Prints `enforces` or why it does not, goes on until it is
 * killed, and loads a program of the agent's own when it is told to by a line of its input.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GateKeeper } from '../../src/agent/bpf-gate/bpf-gate.ts';
import { openAuditLog } from '../../src/audit/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import { digestOf } from './gate-fixture.ts';
import { ownBench } from './runtime-fixture.ts';

const [stateDir, bpffsDir, listed] = process.argv.slice(2) as [string, string, string];
const POLICY = JSON.stringify({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'own' },
  spec: { tracepoints: [{ subsystem: 'sched', event: 'sched_process_exit' }] },
});

try {
  const bench = ownBench({ stateDir, bpffsDir });
  const keeper = await GateKeeper.open({
    runtime: bench.runtime,
    audit: openAuditLog({
      path: join(stateDir, 'audit.db'),
      keyPath: join(stateDir, 'audit.key'),
      kind: 'agent',
    }),
    digests: new ExeDigests(),
    ruleset: openRuleset({
      data: { bpf: { loaders: [{ path: listed, sha256: [digestOf(listed)], types: ['socket_filter'] }] } },
    }),
    ...{ host: 'lab', stateDir, configured: 'enforce', onFault: assert.ifError },
  });
  const { reason } = await keeper.gateStatus();
  process.stdout.write(`${reason ?? 'enforces'}\n`);
  for await (const _ of createInterface({ input: process.stdin })) {
    bench.load(POLICY);
    process.stdout.write('loaded\n');
  }
} catch (thrown) {
  process.stdout.write(`failed: ${(thrown as Error).message.replaceAll('\n', ' ')}\n`);
  process.exit(1);
}
