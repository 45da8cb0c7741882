// SPDX-License-Identifier: Apache-2.0
/** The gate for loads of BPF programs in the kernel a test runs in: one loader is listed, and what is told is read from the log. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GateKeeper } from '../../src/agent/bpf-gate/bpf-gate.ts';
import { type AuditLog, openAuditLog } from '../../src/audit/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import type { AuditRecord } from '../../src/model/audit-record.ts';
import type { GateMode } from '../../src/model/bpf-gate.ts';
import { ExeDigests } from '../../src/watch/bpf/exe-digests.ts';
import { type Bench, openBench, PLACE, type Ran, run } from './runtime-fixture.ts';

export const BY = { user: 'pat', groups: [], door: 'cli' as const };
export const digestOf = (file: string) =>
  `sha256:${createHash('sha256').update(readFileSync(file)).digest('hex')}`;
/** Longer than what a file has to be left alone before it is believed. */
export const SETTLED_MS = 80;
export const idOf = ({ out }: Ran): number => Number(/^id (\d+)$/.exec(out)?.[1]);

export interface GateBench {
  bench: Bench;
  audit: AuditLog;
  keeper: GateKeeper;
  set(mode: GateMode): Promise<unknown>;
  /** the records since the last call */
  told(type?: string): Promise<AuditRecord[]>;
  /** looked at once more as it is: the time of its last change counts, whoever made that */
  readAgain(): Promise<void>;
  /** numbers of programs are given out in their order: none was given to anybody between two of the listed loader */
  nothingWasLoaded(attempt: () => unknown): Promise<void>;
  close(): Promise<void>;
}

/** `listed` is in `loaders`, and prints `id N` when it is told to load. */
export async function openGate(listed: string, loaders: object[]): Promise<GateBench> {
  const bench = openBench();
  const stateDir = mkdtempSync(join(PLACE, 'gate-state-'));
  const audit = openAuditLog({
    path: join(stateDir, 'audit.db'),
    keyPath: join(stateDir, 'audit.key'),
    kind: 'agent',
  });
  const ruleset = openRuleset({ data: { bpf: { loaders } } });
  const keeper = await GateKeeper.open({
    ...{ runtime: bench.runtime, audit, ruleset, host: 'lab', stateDir, configured: 'off' as const },
    digests: new ExeDigests(),
    onFault: (thrown) => assert.fail(String(thrown)),
  });
  let seen = 0;
  const told: GateBench['told'] = async (type) => {
    await keeper.gateStatus(); // what the kernel has told is handed over
    audit.append([]); // what waits is written
    const all = audit.read({ after: seen, limit: 100_000 });
    seen = all.at(-1)?.seq ?? seen;
    return all.filter((one) => type === undefined || one.type === type);
  };
  const loads = () => {
    const { out } = run(listed, ['load']);
    assert.match(out, /^id \d+$/, 'the listed loader is let in');
    return Number(out.slice(3));
  };
  return {
    ...{ bench, audit, keeper, told },
    set: (mode) => keeper.setGate({ mode, reason: 'a test', by: BY }),
    readAgain: async () => {
      await sleep(SETTLED_MS);
      await keeper.look();
      loads();
      await told();
    },
    nothingWasLoaded: async (attempt) => {
      const before = loads();
      await attempt();
      assert.equal(loads(), before + 1);
    },
    close: async () => {
      bench.runtime.host.resume();
      await keeper.setGate({ mode: 'off', reason: 'the end', by: BY });
      await keeper.close();
      bench.close();
    },
  };
}
