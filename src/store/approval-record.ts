// SPDX-License-Identifier: Apache-2.0
import type { Approval } from '../model/approval.ts';

export interface ApprovalRecord extends Approval {
  reason?: string;
  created: string;
  /** the decision it was used for: it counts for no other */
  usedBy?: string;
}
