// SPDX-License-Identifier: Apache-2.0
/** Who would have been hit, for people at a terminal. */
import type { Hit, HookForesight } from '../../foresight/index.ts';
import { oneLine } from '../printable.ts';
import { tableOf } from './table.ts';

export interface Foreseen {
  policy: { name: string; namespace?: string };
  mode: string;
  seen: { events: number; calls: number; processes: number; hidden: number };
  hooks: HookForesight[];
}

export function foresightText({ policy, mode, seen, hooks }: Foreseen): string {
  const { name, namespace } = policy;
  const ran = `${seen.events} events and ${seen.processes} running processes were run through it`;
  const spared =
    mode === 'monitor' ? ' It is in monitor mode: this is what it would do, were it enforcing.' : '';
  const lines = [`${namespace === undefined ? '' : `${namespace}/`}${name}: ${ran}.${spared}`, ...LIMITS];
  return `${lines.map(oneLine).join('\n')}\n${hooks.map(hookText).join('')}`;
}

/** What no replay can tell. */
const LIMITS = [
  'Calls that nothing recorded, or that a rate limit held back, are not in it; a call that two policies recorded is counted twice.',
];

const WHEN = { executed: 'when they were started', called: 'if they make such a call' } as const;

function hookText(hook: HookForesight): string {
  const { calls, hits, reach, reachedWhen, notSimulated, refused } = hook;
  const struck = hits.filter(({ strikes }) => strikes).reduce((sum, { times }) => sum + times, 0);
  return [
    `\n${oneLine(hook.hook)}: ${calls} recorded calls, ${struck} of them would have been acted on\n`,
    ...refused.map(
      ({ host, reason }) => `  on ${oneLine(host)} it is refused, and hits nobody: ${oneLine(reason)}\n`,
    ),
    hits.length === 0
      ? ''
      : indented(tableOf(['WHAT', 'PROGRAM', 'WHOSE', 'TIMES', 'PROCESSES'], hits.map(rowOf))),
    reach.length === 0
      ? ''
      : `  running now, and met by it ${WHEN[reachedWhen]}:\n${indented(tableOf(['WHAT', 'PROGRAM', 'WHOSE', 'PROCESSES', 'NUMBERS'], reach.map(rowOf)))}`,
    ...notSimulated.map(
      ({ selector, perhaps, reason, times }) =>
        `  not run through${selector === undefined ? '' : ` (selector ${selector + 1})`}, ${times} times: ${oneLine(reason)}${perhaps === undefined ? '' : `; perhaps: ${oneLine(perhaps)}`}\n`,
    ),
  ].join('');
}

function rowOf({ action, binary, unit, pod, container, times, pids }: Hit): string[] {
  const whose = pod ?? unit ?? (container === undefined ? '-' : `container ${container}`);
  return [action, binary, whose, String(times), pids.join(',')];
}

function indented(table: string): string {
  return table.replace(/^(?=.)/gm, '  ');
}
