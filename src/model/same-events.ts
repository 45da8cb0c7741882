// SPDX-License-Identifier: Apache-2.0
/** Events that were counted because they are the same as one that was told in the same interval. */
export interface SameEvents {
  hookId: number;
  /** which interval since boot */
  interval: number;
  intervalNs: bigint;
  hash: bigint;
  count: bigint;
  /** the first and the last of those counted */
  firstNs: bigint;
  lastNs: bigint;
}
