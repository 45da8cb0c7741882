// SPDX-License-Identifier: Apache-2.0
/**
 * So many loads in a row by a stranger, as fast as it can, while the watch tells of them and the gate in monitor mode says that it
 * would have denied them: every one has to be in the log, once. Prints `loads N loaded N unloaded N judged N lost N`, and before
 * it what each gap says and how many the kernel counted.
 */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BpfAudit } from '../../src/agent/bpf-audit.ts';
import { GateKeeper } from '../../src/agent/bpf-gate/bpf-gate.ts';
import { openAuditLog } from '../../src/audit/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import { loader, openBpfBench } from './bpf-fixture.ts';
import { PLACE } from './runtime-fixture.ts';

const DRAIN_EVERY_MS = 250;
/** Emulated, to tell of a load takes some sixty milliseconds. */
const WAIT_MOST_MS = 1_800_000;
/** What is not in the log after so long without a new record does not come. */
const NOTHING_NEW_MS = 120_000;

const wanted = Number(process.argv[2] ?? 500);
const fail = (thrown: unknown) => {
  throw thrown;
};
const stateDir = mkdtempSync(join(PLACE, 'soak-'));
const log = openAuditLog({
  path: join(stateDir, 'audit.db'),
  keyPath: join(stateDir, 'audit.key'),
  kind: 'agent',
});
const digests = new ExeDigests();
const written = new BpfAudit(log, digests, fail);
const at = openBpfBench({ onActivity: (activity, raw) => written.note(activity, raw) });
const keeper = await GateKeeper.open({
  ...{ runtime: at.bench.runtime, audit: log, digests, ruleset: openRuleset(), host: 'lab', stateDir },
  ...{ configured: 'monitor' as const, onFault: fail },
});
const timer = setInterval(() => {
  at.watch.drain();
  keeper.drain();
}, DRAIN_EVERY_MS);

const one = await loader(['many', wanted], 1);
const seen = new Map<string, { count: number; after: number }>();
/** Of that process, by now; each record is read once. */
const counted = (type: string): number => {
  const so = seen.get(type) ?? { count: 0, after: 0 };
  seen.set(type, so);
  for (;;) {
    const page = log.read({ type, after: so.after, limit: 2000 });
    const last = page.at(-1);
    if (!last) return so.count;
    so.count += page.filter(({ body }) => pidOf(body) === one.pid).length;
    so.after = last.seq;
  }
};

function pidOf(body: Record<string, unknown>): number | undefined {
  const { by, process: asked } = body as { by?: { pid: number }; process?: { pid: number } };
  return by?.pid ?? asked?.pid;
}

const began = performance.now();
let newest = { unloads: 0, atMs: began };
while (newest.unloads < wanted && performance.now() - began < WAIT_MOST_MS) {
  await sleep(3000);
  const [unloads, atMs] = [counted('bpf.unload'), performance.now()];
  if (unloads > newest.unloads) newest = { unloads, atMs };
  else if (unloads > 0 && atMs - newest.atMs > NOTHING_NEW_MS) break;
}
await one.end();
clearInterval(timer);
const { counts } = await keeper.gateStatus();
await written.settled();
log.append([]); // what waits is written
const gaps = log.read({ type: 'bpf.gap', limit: 100 });
for (const { body } of gaps) process.stdout.write(`gap ${JSON.stringify(body)}\n`);
process.stdout.write(`lost by the watch's ring ${at.watch.sight.lost}, by the gate's ${counts.lost}\n`);
process.stdout.write(
  `loads ${wanted} loaded ${counted('bpf.load.done')} unloaded ${counted('bpf.unload')} judged ${counted('bpf_gate_would_deny')} ` +
    `lost ${at.watch.sight.lost + counts.lost + gaps.length}\n`,
);
process.exit(0);
