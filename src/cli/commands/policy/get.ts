// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy get NAME`: the stored policy. */
import { dump } from 'js-yaml';
import type { ExceptionView } from '../../../service/index.ts';
import { command, EXIT } from '../../command.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './place.ts';

interface Stored {
  document?: unknown;
  exceptions?: Pick<ExceptionView, 'id' | 'rule' | 'state' | 'expires'>[];
}

export const policyGet = command<PlaceOptions>({
  words: ['policy', 'get'],
  about: 'one stored policy',
  args: [{ syntax: '<name>', about: 'its name' }],
  options: [NAMESPACE_OPTION],
  outputs: ['yaml', 'json'],
  async run({ args: [name = ''], namespace, output }, { gate, out }) {
    const { body } = await gate().call<Stored>({
      method: 'GET',
      path: pathOf(name, namespace),
    });
    if (output === 'json') await out.json(body);
    else {
      for (const { id, rule, state, expires } of body.exceptions ?? [])
        out.say(`judged with the exception ${id} from ${rule}, ${state}; it ends at ${expires}`);
      await out.raw(dump(body.document ?? body, { noRefs: true }));
    }
    return EXIT.done;
  },
});
