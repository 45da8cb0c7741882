// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../../errors.ts';

/** What cannot be undone is not done without a word on why. */
export function reasonOf(reason: string | undefined): string {
  if (reason !== undefined && reason.trim() !== '') return reason;
  throw new Fault('usage', 'say why, with --reason: it is recorded');
}
