// SPDX-License-Identifier: Apache-2.0
/** The digest of a file as a record has it: the kernel's number of the algorithm, and room for the longest. */
import { TG_TYPE, TG_VALUE_STATUS } from '../plan/layout.generated.ts';
import type { RecordValue } from './records.ts';

/** By the kernel's numbers (`enum hash_algo`): its name for it, and how many bytes a digest has. */
const ALGORITHMS: ReadonlyMap<bigint, readonly [string, number]> = new Map([
  [0n, ['md4', 16]],
  [1n, ['md5', 16]],
  [2n, ['sha1', 20]],
  [3n, ['rmd160', 20]],
  [4n, ['sha256', 32]],
  [5n, ['sha384', 48]],
  [6n, ['sha512', 64]],
  [7n, ['sha224', 28]],
  [11n, ['wp256', 32]],
  [12n, ['wp384', 48]],
  [13n, ['wp512', 64]],
  [17n, ['sm3', 32]],
  [18n, ['streebog256', 32]],
  [19n, ['streebog512', 64]],
]);

/** Absent where the hook tells none, and where the kernel had none: an empty digest would be taken for one. */
export function fileHash(values: readonly RecordValue[]): { ima_hash?: string } {
  const value = values.find(({ type }) => type === TG_TYPE.TG_T_HASH);
  if (value?.status !== TG_VALUE_STATUS.TG_V_READ) return {};
  const [name, length] = ALGORITHMS.get(value.number) ?? [];
  if (name === undefined) return {};
  return { ima_hash: `${name}:${value.bytes.toString('hex', 0, length)}` };
}
