// SPDX-License-Identifier: Apache-2.0
/** The watch over eBPF, put together for an agent: what it tells goes into the audit log. */
import { release } from 'node:os';
import type { AuditLog } from '../audit/index.ts';
import { checksBpfSignatures } from '../kernel/bpf-signatures.ts';
import { kernelBtf } from '../kernel/facts.ts';
import type { BpfInventory } from '../model/bpf.ts';
import type { Ruleset } from '../model/judge.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { BootClock } from '../watch/boot-clock.ts';
import { BpfWatch } from '../watch/bpf/bpf-watch.ts';
import type { ExeDigests } from '../watch/bpf/exe-digests.ts';
import type { PodOf, ProcessCache } from '../watch/process-cache.ts';
import { BpfAudit } from './bpf-audit.ts';
import { BpfFindings } from './bpf-findings/bpf-findings.ts';
import { KnownPrograms } from './bpf-findings/known-programs.ts';

export interface WatchBpfOptions {
  on: boolean;
  audit: AuditLog;
  digests: ExeDigests;
  /** what is done is judged by them when it has happened */
  ruleset: Ruleset;
  stateDir: string;
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
  const findings = new BpfFindings({
    ...{ ruleset: options.ruleset, audit, onFault },
    known: new KnownPrograms(options.stateDir, release()),
    kernelChecks: checksBpfSignatures(kernelBtf()),
    view: () => watch.sight.view,
  });
  const written = new BpfAudit(audit, digests, onFault, {
    onWritten: (activity) => findings.take(activity),
  });
  const watch: BpfWatch = new BpfWatch({
    native: runtime.native,
    open: (file, how) => runtime.openObject(file, how),
    features: () => runtime.features,
    ...{ bpffsDir, processes, ...(podOf && { podOf }) },
    clock: new BootClock(runtime.native.clocks()),
    drainProcesses: () => runtime.drain(),
    onActivity: (activity, raw) => written.note(activity, raw),
  });
  return {
    look: () => {
      watch.look();
      findings.look();
    },
    inventory: () => watch.inventory(),
    close: async () => {
      watch.close();
      await written.settled();
      findings.close();
    },
  };
}
