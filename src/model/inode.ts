// SPDX-License-Identifier: Apache-2.0
/** What the kernel knows a file by; the generation tells it from a later one with the same number. 64-bit numbers are decimal text. */
export interface InodeFact {
  ino: string;
  device: number;
  generation: number;
}

export function sameInode(a: InodeFact, b: InodeFact): boolean {
  return a.ino === b.ino && a.device === b.device && a.generation === b.generation;
}
