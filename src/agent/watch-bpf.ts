// SPDX-License-Identifier: Apache-2.0
/** The watch over eBPF, put together for an agent: what it tells goes into the audit log. */
import type { AuditLog } from '../audit/index.ts';
import type { BpfInventory } from '../model/bpf.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { BootClock } from '../watch/boot-clock.ts';
import { BpfWatch } from '../watch/bpf/bpf-watch.ts';
import type { ExeDigests } from '../watch/bpf/exe-digests.ts';
import type { PodOf, ProcessCache } from '../watch/process-cache.ts';
import { BpfAudit } from './bpf-audit.ts';

export interface WatchBpfOptions {
  on: boolean;
  audit: AuditLog;
  digests: ExeDigests;
  bpffsDir: string;
  processes: ProcessCache;
  podOf?: PodOf;
  onFault: (thrown: unknown) => void;
}

export interface BpfSide {
  /** to be called every second */
  look(): void;
  inventory(): BpfInventory;
  close(): Promise<void>;
}

const OFF: BpfSide = {
  look: () => {},
  inventory: () => {
    throw new Error('nobody watches');
  },
  close: async () => {},
};

/** A kernel that takes none of it keeps no agent from starting: the log says that nothing is seen. */
export function watchBpf(runtime: Runtime, options: WatchBpfOptions): BpfSide {
  const { on, audit, digests, onFault, bpffsDir, processes, podOf } = options;
  if (!on) return OFF;
  const written = new BpfAudit(audit, digests, onFault);
  const watch = new BpfWatch({
    native: runtime.native,
    open: (file, how) => runtime.openObject(file, how),
    ...{ bpffsDir, processes, ...(podOf && { podOf }) },
    clock: new BootClock(runtime.native.clocks()),
    drainProcesses: () => runtime.drain(),
    onActivity: (activity, raw) => written.note(activity, raw),
  });
  return {
    look: () => watch.look(),
    inventory: () => watch.inventory(),
    close: async () => {
      watch.close();
      await written.settled();
    },
  };
}
