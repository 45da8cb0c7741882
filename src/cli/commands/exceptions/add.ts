// SPDX-License-Identifier: Apache-2.0
/** `tracegate exceptions add`: asks for an exception; somebody else has to approve it. */

import { Fault } from '../../../errors.ts';
import { EXCEPTION_DAYS_MAX } from '../../../model/exception.ts';
import type { ExceptionView } from '../../../service/index.ts';
import { command, EXIT } from '../../command.ts';
import { durationSeconds } from '../../duration.ts';

interface Options {
  rule?: string;
  policies?: string;
  namespaces?: string;
  users?: string;
  groups?: string;
  ticket?: string;
  reason?: string;
  expires?: string;
  for?: string;
  requester?: string;
}

export const exceptionsAdd = command<Options>({
  words: ['exceptions', 'add'],
  about: 'ask that a rule lets something pass for a time; a second person approves it',
  options: [
    { flags: '--rule <id>', about: 'the rule, such as TPG-203' },
    { flags: '--policies <a,b>', about: 'for these policies: NAME or NAMESPACE/NAME' },
    { flags: '--namespaces <a,b>', about: 'for policies in these namespaces' },
    { flags: '--users <a,b>', about: 'for what these people submit' },
    { flags: '--groups <a,b>', about: 'for what members of these groups submit' },
    { flags: '--ticket <id>', about: 'where it was talked over' },
    { flags: '--reason <text>', about: 'why' },
    { flags: '--expires <time>', about: 'RFC 3339: it ends then' },
    { flags: '--for <duration>', about: `12h, 30d: it ends after that; ${EXCEPTION_DAYS_MAX} days at most` },
    { flags: '--requester <user>', about: 'yourself; for anybody else it is refused: they ask, you approve' },
  ],
  outputs: ['text', 'json'],
  async run(options, { gate, out, now }) {
    const body = bodyOf(options, now());
    const { body: made } = await gate().call<ExceptionView>({ method: 'POST', path: '/v1/exceptions', body });
    if (options.output === 'json') await out.json(made);
    else {
      await out.line(made.id);
      out.say(
        `asked for; it has no effect until somebody else approves it: tracegate exceptions approve ${made.id}`,
      );
    }
    return EXIT.done;
  },
});

function bodyOf(options: Options, now: Date): object {
  const { rule, ticket, reason, requester } = options;
  for (const [flag, value] of Object.entries({ rule, ticket, reason }))
    if (value === undefined || value.trim() === '') throw new Fault('usage', `an exception needs --${flag}`);
  const scope = lists({ policies: options.policies, namespaces: options.namespaces });
  const who = lists({ users: options.users, groups: options.groups });
  if (scope === undefined && who === undefined)
    throw new Fault('usage', 'say what it is about: --policies, --namespaces, --users or --groups');
  return {
    ...{ rule, ticket, reason, expires: endOf(options, now) },
    ...(scope && { scope }),
    ...(who && { who }),
    ...(requester !== undefined && { requester }),
  };
}

function endOf({ expires, for: duration }: Options, now: Date): string {
  if (expires !== undefined && duration === undefined) return expires;
  if (duration !== undefined && expires === undefined)
    return new Date(now.getTime() + durationSeconds(duration, '--for') * 1000).toISOString();
  throw new Fault('usage', 'an exception has an end: --expires TIME or --for DURATION');
}

/** Undefined where none of the lists was given. */
function lists(given: Record<string, string | undefined>): Record<string, string[]> | undefined {
  const entries = Object.entries(given).flatMap(([key, text]) => {
    const names = text?.split(',').map((name) => name.trim());
    return names === undefined ? [] : [[key, names.filter((name) => name !== '')] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}
