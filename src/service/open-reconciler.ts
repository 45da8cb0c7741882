// SPDX-License-Identifier: Apache-2.0
import { type AuditLog, loadOrCreateSigningKey } from '../audit/index.ts';
import type { Fault } from '../errors.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { Store } from '../store/index.ts';
import { receiptSigner } from './receipt-signer.ts';
import { Reconciler } from './reconciler.ts';
import type { Suspensions } from './suspensions.ts';

interface ReconcilerNeeds {
  store: Store;
  audit: AuditLog;
  receiptKeyPath: string;
  agent?: AgentPort;
  reconcileIntervalMs?: number;
  onTrouble?: (fault: Fault) => void;
  now: () => Date;
}

/** None where there is no agent to keep in line. */
export function reconcilerOf(deps: ReconcilerNeeds, suspensions: Suspensions): Reconciler | undefined {
  const { agent, store, audit, reconcileIntervalMs, onTrouble } = deps;
  if (agent === undefined) return undefined;
  return new Reconciler({
    ...{ agent, store, audit, suspensions },
    sign: receiptSigner(loadOrCreateSigningKey(deps.receiptKeyPath), deps.now),
    ...(reconcileIntervalMs === undefined ? {} : { intervalMs: reconcileIntervalMs }),
    ...(onTrouble === undefined ? {} : { onTrouble }),
  });
}
