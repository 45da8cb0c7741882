// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { Elf } from '../../../src/kernel/elf.ts';

/** A file of these bytes, of which nothing may be read that is not there. */
export const openStrictly = (bytes: Buffer) =>
  new Elf({
    sizeBytes: bytes.length,
    read: (at, length) => {
      assert.ok(at >= 0 && length >= 0 && at + length <= bytes.length, 'reads only what is there');
      return bytes.subarray(at, at + length);
    },
  });
