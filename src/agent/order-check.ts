// SPDX-License-Identifier: Apache-2.0
/** Whether an order may be followed: a valid document, its receipt, and no revision that is older than what this host has had. */
import { Fault } from '../errors.ts';
import type { PolicyOrder } from '../model/agent-port.ts';
import { policyKey } from '../model/document.ts';
import type { Intake, ValidIntake } from '../model/intake.ts';
import type { ReceiptCheck } from './receipt-check.ts';

/** Throws the Fault that speaks against it. `highest`: the latest revision that was accepted. */
export function checkedOrder(
  order: PolicyOrder,
  taken: Intake,
  { receipts, highest }: { receipts: ReceiptCheck; highest: number },
): ValidIntake {
  const { key, revision } = order;
  if (!taken.valid)
    throw new Fault('invalid', `${key} is not a valid policy: ${taken.findings[0]?.message ?? ''}`);
  const named = policyKey(taken.document);
  if (named !== key) throw new Fault('invalid', `the order is for ${key}, its document is ${named}`);
  receipts.demand(order.receipt, {
    ...{ key, revision, digest: taken.digest },
    operations: ['create', 'update'],
  });
  if (revision < highest)
    throw new Fault(
      'conflict',
      `${key}: revision ${revision} is older than ${highest}, which this host has had`,
    );
  return taken;
}
