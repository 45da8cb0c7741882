// SPDX-License-Identifier: Apache-2.0
/** What the guest counts and the host prints. All figures are guest instructions unless the name says otherwise. */

/** of the calls of one loop */
export interface Count {
  min: number;
  median: number;
}

/** symlinkat on a name that is taken, so that it fails with EEXIST, and on one that is free. */
export interface SymlinkCounts {
  taken: Count;
  free: Count;
}

export interface PolicyCounts {
  notMatching: SymlinkCounts;
  matching: SymlinkCounts;
}

/** What loading took: CPU of the process that loads, verifier included, and memory of the kernel. */
export interface Cost {
  instructions: number;
  kernelBytes: number;
}

export interface Side {
  /** no policy loaded, processes followed */
  base: { idle: Count; spawn: Count; symlink: SymlinkCounts; kernelBytes: number };
  /** undefined: the kernel lacks what this side needs to deny; `refusal` says what */
  enforcing: PolicyCounts | undefined;
  refusal?: string;
  /** the same policy without its action: events only */
  observing: PolicyCounts;
  read: Count;
  load: Cost;
  /** on functions that nothing hooks, by an agent that has loaded before */
  again?: Cost;
  /** another like it, while the first is loaded */
  next?: Cost;
  /** instructions to gather the kernel's facts and plan: the first time, and after that */
  planned?: { first: number; then: number };
  lost?: number;
}

export interface Floor {
  symlink: SymlinkCounts;
  idle: Count;
  spawn: Count;
  read: Count;
}

export interface Measured {
  floor: Floor;
  ours: Side;
  /** with our programs removed, and with Tetragon's: has to be the floor again */
  afterOurs: Floor;
  tetragon?: Side;
  afterTetragon?: Floor;
}

export const MARK = 'measured: ';
