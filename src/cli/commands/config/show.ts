// SPDX-License-Identifier: Apache-2.0
/** `tracegate config show`: the effective configuration and where each value came from. */
import { shownValue } from '../../../config/index.ts';
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';

export const configShow = command({
  words: ['config', 'show'],
  about: 'the effective configuration, and where each value came from',
  outputs: ['text', 'json'],
  async run({ output }, { loaded, out }) {
    const shown = loaded.origins.map(({ key, value, origin }) => ({
      key,
      value: value === undefined ? undefined : shownValue(value),
      origin,
    }));
    if (output === 'json') for (const entry of shown) await out.json(entry);
    else
      await out.raw(
        tableOf(
          ['KEY', 'VALUE', 'FROM'],
          shown.map(({ key, value, origin }) => [key, String(value ?? '-'), origin]),
        ),
      );
    return EXIT.done;
  },
});
