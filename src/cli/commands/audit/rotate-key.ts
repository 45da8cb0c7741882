// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit rotate-key`: a new key, which the one before signs for; the one before is overwritten. */
import type { AuditRecord } from '../../../model/audit-record.ts';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withLogOrGate } from '../../own-log.ts';

const ROTATIONS = { method: 'POST', path: '/v1/audit/key-rotations' } as const;

export const auditRotateKey = command<{ log: LogName }>({
  words: ['audit', 'rotate-key'],
  about: 'hands a log over to a new key; the agent’s only while it is down',
  options: [{ flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' }],
  async run({ log }, deps) {
    const { body } = await withLogOrGate<AuditRecord>(
      deps,
      log,
      (own) => own.rotateKey(ownActor(deps)),
      async () => (await deps.gate().call<AuditRecord>(ROTATIONS)).body,
    );
    await deps.out.line(`the ${log}'s log is signed with ${body.keyId} from now on`);
    return EXIT.done;
  },
});
