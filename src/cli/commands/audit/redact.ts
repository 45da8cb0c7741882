// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit redact SEQ`: takes personal values out of a record; the chain stays whole. */
import { Fault } from '../../../errors.ts';
import type { AuditRecord } from '../../../model/audit-record.ts';
import type { LogName } from '../../../service/index.ts';
import { LOGS } from '../../audit-logs.ts';
import { command, EXIT } from '../../command.ts';
import { ownActor, withLogOrGate } from '../../own-log.ts';
import { reasonOf } from './reason.ts';

const REDACTIONS = { method: 'POST', path: '/v1/audit/redactions' } as const;

export const auditRedact = command<{ log: LogName; field?: string; reason?: string }>({
  words: ['audit', 'redact'],
  about: 'takes personal values out of a record, for good; the agent’s only while it is down',
  args: [{ syntax: '<seq>', about: 'its number' }],
  options: [
    { flags: '--log <log>', about: 'which of the two logs', choices: LOGS, fallback: 'gate' },
    { flags: '--field <pointer>', about: 'one value, such as /actor/user; all that can be, without it' },
    { flags: '--reason <text>', about: 'why; it is recorded' },
  ],
  async run({ args: [seq = ''], log, field, reason }, deps) {
    if (!/^[0-9]{1,15}$/.test(seq)) throw new Fault('usage', `"${seq}" is not the number of a record`);
    const redaction = {
      ...{ seq: Number(seq), reason: reasonOf(reason) },
      ...(field !== undefined && { fields: [field] }),
    };
    const { body } = await withLogOrGate<AuditRecord>(
      deps,
      log,
      (own) => own.redact({ ...redaction, actor: ownActor(deps) }),
      async () => (await deps.gate().call<AuditRecord>({ ...REDACTIONS, body: redaction })).body,
    );
    await deps.out.line(`taken out of record ${seq}: ${(body.fields as string[]).join(', ')}`);
    return EXIT.done;
  },
});
