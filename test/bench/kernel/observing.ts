// SPDX-License-Identifier: Apache-2.0
import { policyText } from '../../kernel/runtime-fixture.ts';

export const ENFORCING = policyText('restrict-symlink');
/** Without its action the call is let through, whoever sees it: the cost of the event alone, on every kernel. */
export const OBSERVING = ENFORCING.replace(/\n +matchActions:[\s\S]*$/, '\n').replace(
  'restrict-symlink',
  'observe-symlink',
);
