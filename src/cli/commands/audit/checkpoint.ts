// SPDX-License-Identifier: Apache-2.0
/**
 * `tracegate audit checkpoint`: the signed heads of both logs as they are now, a line each. Kept elsewhere, they show
 * with `audit verify --checkpoint` what not even the two logs together can: that both were written anew.
 */
import { asFault, type Fault } from '../../../errors.ts';
import { headOf, LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';

export const auditCheckpoint = command({
  words: ['audit', 'checkpoint'],
  about: 'the signed heads of both logs: keep them elsewhere, for `audit verify --checkpoint`',
  async run(_options, deps) {
    const faults: Fault[] = [];
    for (const log of LOGS) {
      try {
        await deps.out.json(await headOf(deps, log));
      } catch (thrown) {
        const fault = asFault(thrown);
        deps.out.say(`the ${log}'s log is not in this checkpoint: ${fault.message}`);
        faults.push(fault);
      }
    }
    const [first] = faults;
    if (first && faults.length === LOGS.length) throw first;
    // half a checkpoint vouches for half: whoever keeps it must not take it for both
    return first ? EXIT.failed : EXIT.done;
  },
});
