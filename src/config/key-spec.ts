// SPDX-License-Identifier: Apache-2.0
export type KeyType =
  | { kind: 'text' }
  | { kind: 'path' }
  /** a path, `oci:PATH[:TAG]` or an address */
  | { kind: 'place'; schemes: readonly string[] }
  | { kind: 'url'; schemes: readonly string[] }
  /** an address with one of these schemes; `unix:PATH` where that is one of them */
  | { kind: 'address'; schemes: readonly string[] }
  | { kind: 'count'; min: number; max: number }
  | { kind: 'choice'; of: readonly string[] };

export interface KeySpec {
  key: string;
  type: KeyType;
  /** undefined: unset unless somebody sets it */
  fallback?: string | number;
  about: string;
  /** the environment name where it does not follow from the key */
  env?: string;
}

export const path = { kind: 'path' } as const;
export const count = (min: number, max: number): KeyType => ({ kind: 'count', min, max });
