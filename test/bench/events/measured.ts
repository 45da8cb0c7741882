// SPDX-License-Identifier: Apache-2.0
/** What the guest counts and the host prints. */
export interface Measured {
  instructionsPerEvent: number;
  /** of more events than the ring holds, made while nobody read it */
  produced: number;
  delivered: number;
  lost: number;
}

export const MARK = 'measured ';
