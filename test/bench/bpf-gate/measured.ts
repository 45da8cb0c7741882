// SPDX-License-Identifier: Apache-2.0
/** What the guest counts and the host prints: guest instructions of one load. */

/** of the loads of one loop */
export interface Count {
  min: number;
  median: number;
}

/** Instructions of the programs that are loaded: what a library tries the kernel with, and what does something. */
export const SIZES = [2, 100, 1000];
/** The same by a tool that everybody has, from the start of its process to its end, with whatever it tries the kernel with. */
export const OBJECTS = { 'bpftool, 2': 2, 'bpftool, 100': 100 } as const;
export const ROWS: readonly string[] = [...SIZES.map(String), ...Object.keys(OBJECTS)];
export const SITUATIONS = ['gate off', 'monitor', 'enforce', 'enforce, watched'] as const;
export type Situation = (typeof SITUATIONS)[number];

/** by row */
export type Counts = Record<string, Count>;

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
