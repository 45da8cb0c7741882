// SPDX-License-Identifier: Apache-2.0
/** That somebody else than the author wants this very document enforced; good for one change. */

export interface Approval {
  id: string;
  /** of the policy */
  key: string;
  digest: string;
  approver: string;
  /** RFC 3339: it does not count from then on */
  until: string;
}

/** How a policy has stood on the hosts until it is changed. */
export interface Standing {
  /** what ran: the milder of the document's mode and the record's */
  mode: 'enforce' | 'monitor';
  enabled: boolean;
  /** whole minutes since this very document began to watch; 0 where it does not */
  watchedMinutes: number;
  /** how often it would have acted in that time, on all hosts; absent: no host tells */
  wouldHave?: number;
}

/** Who may approve what others submit, beside the platform. */
export const APPROVER_GROUP = 'tracegate:approvers';

export const APPROVAL_SECONDS_MAX = 30 * 86_400;
