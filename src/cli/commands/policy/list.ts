// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy list`. */
import type { PolicyKind } from '../../../model/document.ts';
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';
import { NAMESPACE_OPTION, type PlaceOptions, titleOf } from './place.ts';

/** What a listing shows of a policy. */
export interface PolicyView {
  kind: PolicyKind;
  name: string;
  namespace?: string;
  revision: number;
  mode: string;
  enabled: boolean;
  updated?: string;
}

export const policyList = command<PlaceOptions>({
  words: ['policy', 'list'],
  about: 'the policies the gate has stored',
  options: [NAMESPACE_OPTION],
  outputs: ['text', 'json'],
  async run({ output, namespace }, { gate, out }) {
    const rows: string[][] = [];
    for await (const policy of itemsOf<PolicyView>(gate(), '/v1/policies', { namespace })) {
      if (output === 'json') await out.json(policy);
      else
        rows.push([
          titleOf(policy),
          String(policy.revision),
          policy.mode,
          policy.enabled ? 'yes' : 'no',
          policy.updated ?? '-',
        ]);
    }
    if (output === 'text') await out.raw(tableOf(['NAME', 'REVISION', 'MODE', 'ENABLED', 'CHANGED'], rows));
    return EXIT.done;
  },
});
