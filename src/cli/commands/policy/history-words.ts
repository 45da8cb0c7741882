// SPDX-License-Identifier: Apache-2.0
import type { HostShown, RevisionHistory } from '../../../service/index.ts';

type Told = Pick<
  RevisionHistory,
  'revision' | 'time' | 'operation' | 'actor' | 'reason' | 'mode' | 'enabled' | 'decisionId'
> &
  Partial<RevisionHistory>;

/** A revision in lines; `before` is the one before it. */
export function historyWords(told: Told, before: Told | undefined): string[] {
  const { revision, time, operation, actor, reason } = told;
  const why = reason === undefined ? '' : `: ${reason}`;
  return [
    `revision ${revision}  ${time}  ${operation} by ${actor.user}${why}`,
    `  mode ${modeWords(told, before)}`,
    ...decisionWords(told),
    ...(told.approvals ?? []).map(
      ({ id, approver, time: at }) => `  approved by ${approver ?? 'somebody'} ${at ?? ''} (${id})`,
    ),
    ...differenceWords(told),
    ...(told.hosts ?? []).map(hostWords),
  ].map((line) => line.trimEnd());
}

function modeWords({ mode, enabled, operation }: Told, before: Told | undefined): string {
  if (operation === 'delete') return `${mode}, taken away`;
  const changed =
    before && before.operation !== 'delete' && before.mode !== mode ? `${before.mode} → ${mode}` : mode;
  return enabled ? changed : `${changed}, disabled`;
}

function decisionWords({ decision, decisionId }: Told): string[] {
  if (decision === undefined) return [`  decision ${decisionId}`];
  const { allowed, door, effectiveMode, rules, findings, exceptions = [], seq } = decision;
  const spoke = findings.map(({ rule, severity }) => `${rule} (${severity})`).join(', ') || 'no rule spoke';
  const verdict = `${allowed ? 'allowed' : 'denied'} to ${effectiveMode} at the ${door}`;
  return [
    `  decision ${decisionId} (record ${seq}): ${verdict}, by ${rules.revision} ${rules.profile}: ${spoke}`,
    ...exceptions.map(({ id, rule }) => `  exception ${id} from ${rule}`),
  ];
}

function differenceWords({ difference, operation, revision }: Told): string[] {
  if (difference === undefined || operation === 'delete' || revision === 1) return [];
  const lines = difference.changes.flatMap(({ path, from, to }) => [
    `  ${path === '' ? 'the whole policy' : path.replace(/^\/document/, '')}`,
    ...(from === undefined ? [] : [`    - ${from}`]),
    ...(to === undefined ? [] : [`    + ${to}`]),
  ]);
  return difference.more === 0
    ? lines
    : [...lines, `  and ${difference.more} more: \`tracegate policy diff\` has them`];
}

function hostWords({ host, state, time, reason }: HostShown): string {
  return `  ${host ?? 'a host'}: ${state} ${time}${reason === undefined ? '' : `: ${reason}`}`;
}
