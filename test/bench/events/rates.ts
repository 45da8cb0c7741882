// SPDX-License-Identifier: Apache-2.0
/** How many records a second one core takes in, by its CPU time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EnforcementAudit } from '../../../src/agent/enforcement-audit.ts';
import { EventFile } from '../../../src/agent/exporters/event-file.ts';
import { openAuditLog } from '../../../src/audit/index.ts';
import { TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { BootClock } from '../../../src/watch/boot-clock.ts';
import { readProcess } from '../../../src/watch/proc-files.ts';
import { decodeBatch } from '../../../src/watch/records.ts';
import { Watcher } from '../../../src/watch/watcher.ts';
import { recordBytes } from '../../unit/watch/kernel-records.ts';

const BATCH = 2500;
const WARM = 20;
const TIMED = 80;
const MAX_BYTES = 1 << 30;

const HOOK = {
  ...{ policyName: 'restrict-symlink', revision: 1, decisionId: 'd-1', mode: 'enforce', tags: [] },
  ...{ mechanism: 'fentry/security_path_symlink + lsm/path_symlink', guarantee: 'denied-before-effect' },
  ...{ functionName: '__x64_sys_symlinkat', isTracepoint: false },
  args: [{ type: 'string' }, { type: 'int' }, { type: 'string' }],
};

function batchOf(startBootNs: bigint, denied: 0 | 1): Buffer {
  const text = (words: string) => ({ type: TG_TYPE.TG_T_STRING_KERNEL, bytes: Buffer.from(words) });
  const record = (i: number) =>
    recordBytes(
      {
        ...{ boot_ns: startBootNs + BigInt(i) * 1_000_003n, start_boot_ns: startBootNs },
        ...{ tgid: process.pid, tid: process.pid, hook_id: 7, generation: 1, denied },
      },
      [text('/etc/passwd'), { type: TG_TYPE.TG_T_S32, number: -100n }, text(`/dev/shm/link-${i}`)],
    );
  return Buffer.concat(Array.from({ length: BATCH }, (_, i) => record(i)));
}

function perSecond(take: () => void): number {
  for (let i = 0; i < WARM; i++) take();
  const before = process.cpuUsage();
  for (let i = 0; i < TIMED; i++) take();
  const { user, system } = process.cpuUsage(before);
  return Math.round((BATCH * TIMED * 1e6) / (user + system));
}

export function rates(): { what: string; perSecond: number; aim: number }[] {
  const folder = mkdtempSync(join(tmpdir(), 'tracegate-events-'));
  const onFault = (thrown: unknown) => {
    throw thrown;
  };
  const file = new EventFile({ path: join(folder, 'events.json'), maxBytes: MAX_BYTES, kept: 0, onFault });
  const log = openAuditLog({
    ...{ path: join(folder, 'audit.db'), keyPath: join(folder, 'audit.key'), kind: 'agent' },
  });
  const enforcement = new EnforcementAudit(log, onFault);
  const clock = new BootClock({ realNs: 1_790_000_000_000_000_000n, bootNs: 0n });
  const watcher = new Watcher({
    nodeName: 'bench',
    clock,
    hookOf: () => HOOK,
    onEvent: (event, acted) => {
      if (acted) enforcement.note(event);
      file.write(event);
    },
    onActedAgain: (acted) => enforcement.again(acted),
    lines: file,
  });
  watcher.processes.scan();
  const startBootNs = readProcess(process.pid)?.startBootNs ?? 0n;
  const [batch, deniedBatch] = [batchOf(startBootNs, 0), batchOf(startBootNs, 1)];
  const decoded = perSecond(() => void decodeBatch(batch));
  const write = (some: Buffer) => () => {
    watcher.onBatch(some);
    file.flush();
  };
  const written = perSecond(write(batch));
  const denied = perSecond(write(deniedBatch));
  enforcement.close();
  log.close();
  file.close();
  rmSync(folder, { recursive: true });
  if (watcher.dropped + watcher.processes.misses > 0)
    throw new Error('records were not taken for what they are');
  return [
    { what: 'decoded', perSecond: decoded, aim: 300_000 },
    { what: 'written to the file as lines of JSON', perSecond: written, aim: 100_000 },
    { what: 'of denied calls, written and audited', perSecond: denied, aim: 100_000 },
  ];
}
