// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy approve NAME --digest …`: the second person, for exactly what he has read. */
import { Fault } from '../../../errors.ts';
import type { Approval } from '../../../model/approval.ts';
import { command, EXIT } from '../../command.ts';
import { durationSeconds } from '../../duration.ts';
import { CHANGE_OPTIONS, type ChangeOptions } from './change.ts';
import { pathOf } from './place.ts';

interface Options extends ChangeOptions {
  digest?: string;
  for?: string;
}

export const policyApprove = command<Options>({
  words: ['policy', 'approve'],
  about: 'let a policy of somebody else be enforced, once, as it is now',
  args: [{ syntax: '<name>', about: 'its name' }],
  options: [
    { flags: '--digest <digest>', about: 'of the document, from its decision or `policy get`' },
    { flags: '--for <duration>', about: '12h, 30d: how long it may wait to be used; 7d without' },
    ...CHANGE_OPTIONS,
  ],
  outputs: ['text', 'json'],
  async run({ args: [name = ''], digest, namespace, reason, for: duration, output }, { gate, out }) {
    if (digest === undefined)
      throw new Fault(
        'usage',
        'name what you approve: --digest sha256:…, as its decision or `policy get` says',
      );
    const body = {
      digest,
      ...(reason !== undefined && { reason }),
      ...(duration !== undefined && { forSeconds: durationSeconds(duration, '--for') }),
    };
    const path = `${pathOf(name, namespace)}/approvals`;
    const { body: made } = await gate().call<Approval>({ method: 'POST', path, body });
    if (output === 'json') await out.json(made);
    else out.say(`${name} may be enforced as ${digest}, once, until ${made.until}`);
    return EXIT.done;
  },
});
