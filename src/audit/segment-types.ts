// SPDX-License-Identifier: Apache-2.0
/** A piece of the log was written to a file of its own; the record names its root. */
export const SEALED_TYPE = 'log.sealed';
/** Records that sealed segments hold were taken out of the database. */
export const PRUNED_TYPE = 'log.pruned';
