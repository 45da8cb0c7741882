// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path';
import { statePaths } from '../config/index.ts';

/** What only the gate reads and writes. Keys lie apart from the databases they vouch for. */
export function gatePaths(stateDir: string) {
  return {
    ...statePaths(stateDir),
    store: join(stateDir, 'gate', 'store.db'),
    auditKey: join(stateDir, 'keys', 'gate-audit.key'),
    receiptKey: join(stateDir, 'keys', 'receipt.key'),
    tls: join(stateDir, 'tls'),
  };
}
