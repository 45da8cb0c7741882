// SPDX-License-Identifier: Apache-2.0
/** What a cgroup told of a hook, or of all that is counted together. */
export interface RateUse {
  /** its name; that of the topmost is "/" */
  cgroup: string;
  cgroupId: bigint;
  /** a hook's id, or TG_RATE_OF */
  of: number;
  generation: number;
  /** the last event held back, and the first after which no whole interval passed without one; 0n: none was */
  overNs: bigint;
  overSinceNs: bigint;
  intervalNs: bigint;
}
