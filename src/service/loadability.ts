// SPDX-License-Identifier: Apache-2.0
import type { Operation } from '../model/decision.ts';
import type { Finding } from '../model/finding.ts';
import type { PlannedHook } from '../model/judge.ts';

/** The rule id of what the known hosts' kernels say, before anything is loaded. */
export const LOADABLE_RULE = 'TPG-002';

/**
 * No known host can load it: denied. Some can: a warning that names the others. None is known: a warning. A hook that a
 * host does without, as the policy says, is told; a policy that has none left there is warned of. A deletion loads nothing.
 */
export function loadability(planned: PlannedHook[], operation: Operation): Finding[] {
  if (operation === 'delete') return [];
  if (planned.length === 0) return [unknown()];
  const hosts = new Set(planned.map(({ host }) => host));
  const refusals = planned.filter(({ refused }) => refused);
  const refusing = new Set(refusals.map(({ host }) => host));
  const severity = refusing.size === hosts.size ? 'deny' : 'warn';
  const refused = refusals.map(({ path, hook, host, reason }): Finding => {
    const message = `${host} cannot do ${hook} as asked: ${reason ?? 'its kernel lacks what it needs'}`;
    return { rule: LOADABLE_RULE, severity, path, message, fix: REFUSED_FIX[severity] };
  });
  return [...refused, ...absences(planned)];
}

const REFUSED_FIX = {
  deny: 'ask for something the known hosts can do, or add a host that can',
  warn: 'it will load on the other hosts; narrow it to them to be clear',
};

/** Hooks that a host does without, as the policy says: a warning where it has none of them. */
function absences(planned: PlannedHook[]): Finding[] {
  const idle = [...Map.groupBy(planned, ({ host }) => host)].flatMap(([host, hooks]) =>
    hooks.every(({ absent }) => absent) ? [host] : [],
  );
  return planned
    .filter(({ absent }) => absent)
    .map(({ path, hook, host, reason }) => ({
      rule: LOADABLE_RULE,
      severity: idle.includes(host) ? 'warn' : 'info',
      path,
      message: `${host} does without ${hook}, as the policy says: ${reason ?? 'its kernel has no such function'}`,
      fix: idle.includes(host)
        ? `it does nothing on ${host}: name a function that kernel has`
        : 'nothing has to be done: the other hooks load',
    }));
}

function unknown(): Finding {
  return {
    rule: LOADABLE_RULE,
    severity: 'warn',
    path: '',
    message: 'no facts of any host are known: whether it loads will only show when a host tries',
    fix: 'look at `tracegate policy status` afterwards',
  };
}
