// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit list`: what happened, by the gate's log and the agent's. */

import { asFault, Fault } from '../../../errors.ts';
import type { AuditRecord } from '../../../model/audit-record.ts';
import type { LogName } from '../../../service/index.ts';
import { LOGS, type LogFilter, recordsOf } from '../../audit-logs.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';

interface Options {
  log?: LogName;
  type?: string;
  object?: string;
  actor?: string;
  host?: string;
  rule?: string;
  outcome?: 'allowed' | 'denied' | 'failed';
  decision?: string;
  policy?: string;
  since?: string;
  until?: string;
  limit: string;
}

interface Row {
  log: LogName;
  record: AuditRecord;
}

export const auditList = command<Options>({
  words: ['audit', 'list'],
  about: 'records of both audit logs, newest first',
  options: [
    { flags: '--log <log>', about: 'only one of the two', choices: LOGS },
    { flags: '--type <type>', about: 'a type, or a prefix that ends in a dot' },
    { flags: '--object <object>', about: 'what it is about, such as a policy' },
    { flags: '--actor <user>', about: 'who did it' },
    { flags: '--policy <policy>', about: 'its name, or NAMESPACE/NAME: the same as --object' },
    { flags: '--host <host>', about: 'the host it is of' },
    { flags: '--rule <id>', about: 'decisions in which this rule found something' },
    { flags: '--outcome <outcome>', about: 'how it ended', choices: ['allowed', 'denied', 'failed'] },
    { flags: '--decision <id>', about: 'the record of this decision' },
    { flags: '--since <time>', about: 'RFC 3339' },
    { flags: '--until <time>', about: 'RFC 3339' },
    { flags: '--limit <count>', about: 'how many', fallback: '50' },
  ],
  outputs: ['text', 'json'],
  async run({ output, log, limit, ...options }, deps) {
    if (!/^[1-9][0-9]{0,6}$/.test(limit)) throw new Fault('usage', '--limit is a whole number from 1');
    const filter: LogFilter = { ...filtersOf(options), limit: Number(limit) };
    const rows = await rowsOf(deps, log === undefined ? LOGS : [log], filter);
    if (output === 'json') for (const row of rows) await deps.out.json({ log: row.log, ...row.record });
    else await deps.out.raw(tableOf(['LOG', 'SEQ', 'TIME', 'TYPE', 'BY', 'OBJECT'], rows.map(cellsOf)));
    return EXIT.done;
  },
});

/** Beside them stand the options that every command has. */
function filtersOf({ policy, ...options }: Omit<Options, 'log' | 'limit'>): Omit<LogFilter, 'limit'> {
  const { type, object = policy, actor, host, rule, outcome, decision, since, until } = options;
  return {
    ...(type !== undefined && { type }),
    ...(object !== undefined && { object }),
    ...(actor !== undefined && { actor }),
    ...(host !== undefined && { host }),
    ...(rule !== undefined && { rule }),
    ...(outcome !== undefined && { outcome }),
    ...(decision !== undefined && { decision }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
}

/** One log that cannot be read is told, and keeps nobody from the other; none at all is a failure. */
async function rowsOf(deps: CommandDeps, logs: readonly LogName[], filter: LogFilter): Promise<Row[]> {
  const lists: Row[][] = [];
  const faults: Fault[] = [];
  for (const log of logs) {
    try {
      lists.push((await recordsOf(deps, log, filter)).map((record) => ({ log, record })));
    } catch (thrown) {
      const fault = asFault(thrown);
      faults.push(fault);
      if (logs.length > 1) deps.out.say(`the ${log}'s log is not in this list: ${fault.message}`);
    }
  }
  const [first] = faults;
  if (lists.length === 0 && first) throw first;
  return merged(lists[0] ?? [], lists[1] ?? []).slice(0, filter.limit);
}

/** By time; within a log by its own order, whatever its clock did. */
function merged(one: Row[], other: Row[]): Row[] {
  const rows: Row[] = [];
  for (let [i, j] = [0, 0]; i < one.length || j < other.length; ) {
    const [a, b] = [one[i], other[j]];
    if (a && (!b || a.record.time >= b.record.time)) {
      rows.push(a);
      i++;
    } else if (b) {
      rows.push(b);
      j++;
    }
  }
  return rows;
}

function cellsOf({ log, record: { seq, time, type, actor, object } }: Row): string[] {
  return [log, String(seq), time, type, actor?.user ?? '-', object ?? '-'];
}
