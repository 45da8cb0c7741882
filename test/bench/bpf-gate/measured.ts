// SPDX-License-Identifier: Apache-2.0
/** What the guest counts and the host prints: guest instructions of one load. */

/** of the loads of one loop */
export interface Count {
  min: number;
  median: number;
}

/** Instructions of the programs that are loaded: what a library tries the kernel with, and what does something. */
export const SIZES = [2, 100, 1000, 5000];
export const SITUATIONS = ['gate off', 'monitor', 'enforce', 'enforce, watched'] as const;
export type Situation = (typeof SITUATIONS)[number];

export type Counts = Record<number, Count>;

export interface Measured {
  floor: Counts;
  with: Record<Situation, Counts>;
  /** with all of ours removed */
  after: Counts;
  /** requests that the gate was asked */
  asked: number;
  lost: number;
}

export const MARK = 'measured: ';
