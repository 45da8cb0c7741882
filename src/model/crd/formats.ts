// SPDX-License-Identifier: Apache-2.0
/** The formats of the CRD's numbers, by their names there. */
import type { FormatDefinition } from 'ajv';

export const int32: FormatDefinition<number> = {
  type: 'number',
  validate: (value) => Number.isInteger(value) && value === (value | 0),
};
export const int64: FormatDefinition<number> = { type: 'number', validate: Number.isSafeInteger };
