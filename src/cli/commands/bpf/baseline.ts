// SPDX-License-Identifier: Apache-2.0
/** `tracegate bpf baseline`: what is usually loaded on this host; what is new after that is told of. */
import { Fault } from '../../../errors.ts';
import {
  BASELINE_ACTIONS,
  BASELINE_SECONDS_MAX,
  type Baseline,
  type BaselineRequest,
} from '../../../model/bpf-gate.ts';
import { command, EXIT } from '../../command.ts';
import { durationSeconds } from '../../duration.ts';
import { askedFor, oneLine } from './doors.ts';

interface BaselineOptions {
  for?: string;
  reason?: string;
}

const PATH = '/v1/bpf/baseline';

export const bpfBaseline = command<BaselineOptions>({
  words: ['bpf', 'baseline'],
  about: 'learn which BPF programs are usual on this host, and accept them',
  args: [
    { syntax: '[action]', about: `${BASELINE_ACTIONS.join(', ')}; without one, what was learned` },
    { syntax: '[digests...]', about: 'of accept: only what these executables (sha256:…) loaded' },
  ],
  options: [
    { flags: '--for <duration>', about: 'of start: 12h, 7d: learning ends by itself' },
    { flags: '--reason <text>', about: 'why: kept in both audit logs' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const [action, ...digests] = options.args;
    const baseline =
      action === undefined
        ? await askedFor<Baseline>(deps, {
            gate: async (gate) => (await gate.call<Baseline>({ method: 'GET', path: PATH })).body,
            agent: (agent) => agent.baseline(),
          })
        : await askedFor<Baseline>(deps, {
            gate: async (gate) =>
              (
                await gate.call<Baseline>({
                  method: 'POST',
                  path: PATH,
                  body: wanted(action, digests, options),
                })
              ).body,
            agent: (agent, by) => agent.changeBaseline({ ...wanted(action, digests, options), by }),
          });
    if (options.output === 'json') await deps.out.json(baseline);
    else for (const line of wordsOf(baseline)) await deps.out.line(line);
    return EXIT.done;
  },
});

function wanted(
  action: string,
  digests: string[],
  { for: duration, reason = '' }: BaselineOptions,
): Omit<BaselineRequest, 'by'> {
  if (!BASELINE_ACTIONS.includes(action as BaselineRequest['action']))
    throw new Fault('usage', `${action} is nothing to do: choose one of ${BASELINE_ACTIONS.join(', ')}`);
  if (reason.trim() === '') throw new Fault('usage', 'say why: --reason TEXT goes into the audit logs');
  if (digests.length > 0 && action !== 'accept')
    throw new Fault('usage', `digests belong to accept, not to ${action}`);
  if (duration !== undefined && action !== 'start') throw new Fault('usage', '--for belongs to start');
  const forSeconds = duration === undefined ? undefined : durationSeconds(duration, '--for');
  if (forSeconds !== undefined && forSeconds > BASELINE_SECONDS_MAX)
    throw new Fault('usage', `--for ${duration} is longer than ${BASELINE_SECONDS_MAX / 86_400}d`);
  return {
    action: action as BaselineRequest['action'],
    reason,
    ...(forSeconds !== undefined && { forSeconds }),
    ...(digests.length > 0 && { digests }),
  };
}

export function wordsOf({ host, state, until, entries }: Baseline): string[] {
  const end = state === 'learning' && until !== undefined ? ` until ${until}` : '';
  return [
    `${host}: ${state}${end}, ${entries.length} kinds of loads`,
    ...entries.map(
      ({ path, digest, name, type, count, seen, accepted }) =>
        `${accepted ? 'accepted' : seen}  ${type}  ${oneLine(name || '-')}  ${oneLine(path)}  ${digest || 'not read'}  ${count} times`,
    ),
  ];
}
