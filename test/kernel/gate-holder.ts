// SPDX-License-Identifier: Apache-2.0
/**
 * Stands for an agent whose gate enforces: STATE_DIR BPFFS_DIR LISTED. Prints `enforces` or why it does not, goes on until it is
 * killed, and does what a line of its input says: `load` a program of the agent's own, `admit FILE DIGEST` as the next agent's, or
 * begin `again` after it could not.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { GateKeeper } from '../../src/agent/bpf-gate/bpf-gate.ts';
import { openAuditLog } from '../../src/audit/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import { BY, digestOf } from './gate-fixture.ts';
import { ownBench } from './runtime-fixture.ts';

const [stateDir, bpffsDir, listed] = process.argv.slice(2) as [string, string, string];
const POLICY = JSON.stringify({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'own' },
  spec: { tracepoints: [{ subsystem: 'sched', event: 'sched_process_exit' }] },
});

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Its rules are opened once it may have what is in the kernel: an agent that is kept out reads none. */
async function begun() {
  for (;;) {
    try {
      const bench = ownBench({ stateDir, bpffsDir });
      const keeper = await gateOn(bench);
      const { reason } = await keeper.gateStatus();
      process.stdout.write(`${reason ?? 'enforces'}\n`);
      return { bench, keeper };
    } catch (thrown) {
      process.stdout.write(`failed: ${(thrown as Error).message.replaceAll('\n', ' ')}\n`);
      if ((await lines.next()).value !== 'again') process.exit(1);
    }
  }
}

function gateOn({ runtime }: ReturnType<typeof ownBench>): Promise<GateKeeper> {
  return GateKeeper.open({
    runtime,
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
}

async function admit(path: string, digest: string): Promise<string> {
  try {
    await keeper.admitSuccessor({ path, digest, reason: 'a test', by: BY });
    return 'admitted';
  } catch (thrown) {
    return (thrown as Error).message;
  }
}

const { bench, keeper } = await begun();
for (;;) {
  const { value: line } = await lines.next();
  if (line === undefined) break;
  const [word, path = '', digest = ''] = line.split(' ');
  if (word === 'load') bench.load(POLICY);
  process.stdout.write(`${word === 'admit' ? await admit(path, digest) : 'loaded'}\n`);
}
