// SPDX-License-Identifier: Apache-2.0
/** An exception as it is kept: from the request on, over its approval and its end, for whoever asks later. */
import type { PolicyException } from '../model/exception.ts';

export interface ExceptionRecord extends Omit<PolicyException, 'approver'> {
  created: string;
  /** absent: nobody has approved it, so it has no effect */
  approver?: string;
  approved?: string;
  revoked?: string;
  revokedBy?: string;
}
