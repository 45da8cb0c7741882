// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules explain ID`: why a rule is there and what to do about it. */
import { Fault } from '../../../errors.ts';
import { isExceptable } from '../../../guardrails/index.ts';
import { suggestion } from '../../../model/near-match.ts';
import { command, EXIT } from '../../command.ts';
import { catalogueOf } from './catalogue.ts';

export const rulesExplain = command({
  words: ['rules', 'explain'],
  about: 'one guardrail: what it says, why, and what to do about it',
  args: [{ syntax: '<id>', about: 'such as TPG-201' }],
  outputs: ['text', 'json'],
  async run({ args: [id = ''], output }, deps) {
    const rules = await catalogueOf(deps);
    const rule = rules.find((one) => one.id.toLowerCase() === id.toLowerCase());
    if (!rule)
      throw new Fault(
        'not-found',
        `there is no rule "${id}": ${suggestion(
          id,
          rules.map((one) => one.id),
        )}`,
      );
    if (output === 'json') await deps.out.json(rule);
    else {
      const modes = Object.entries(rule.modes).map(([profile, mode]) => `${profile} ${mode}`);
      const lines = [
        `${rule.id} ${rule.title}`,
        '',
        rule.description,
        '',
        `Why: ${rule.why}`,
        `Fix: ${rule.fix}`,
        `Severity: ${rule.severity}; ${modes.join(', ')}`,
        isExceptable(rule)
          ? 'Exceptions: with the approval of a second person, until an end (`tracegate exceptions add`)'
          : 'Exceptions: none, whoever approves',
      ];
      for (const line of lines) await deps.out.line(line);
    }
    return EXIT.done;
  },
});
