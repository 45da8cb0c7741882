// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules list`. */
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { catalogueOf } from './catalogue.ts';

export const rulesList = command({
  words: ['rules', 'list'],
  about: 'the guardrails and their mode in the profile in use',
  outputs: ['text', 'json'],
  async run({ output }, deps) {
    const { profile } = deps.loaded.config;
    const rules = await catalogueOf(deps);
    if (output === 'json') for (const rule of rules) await deps.out.json(rule);
    else
      await deps.out.raw(
        tableOf(
          ['ID', 'MODE', 'SEVERITY', 'CATEGORY', 'TITLE'],
          rules.map((rule) => [
            rule.id,
            rule.mode ?? rule.modes[profile],
            rule.severity,
            rule.category,
            rule.title,
          ]),
        ),
      );
    return EXIT.done;
  },
});
