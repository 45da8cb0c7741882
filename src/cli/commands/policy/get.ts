// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy get NAME`: the stored policy. */
import { dump } from 'js-yaml';
import { command, EXIT } from '../../command.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './place.ts';

export const policyGet = command<PlaceOptions>({
  words: ['policy', 'get'],
  about: 'one stored policy',
  args: [{ syntax: '<name>', about: 'its name' }],
  options: [NAMESPACE_OPTION],
  outputs: ['yaml', 'json'],
  async run({ args: [name = ''], namespace, output }, { gate, out }) {
    const { body } = await gate().call<{ document?: unknown }>({
      method: 'GET',
      path: pathOf(name, namespace),
    });
    if (output === 'json') await out.json(body);
    else await out.raw(dump(body.document ?? body, { noRefs: true }));
    return EXIT.done;
  },
});
