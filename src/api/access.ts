// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import { PLATFORM_GROUPS, type Subject } from '../model/subject.ts';
import type { Suspender } from '../model/suspension.ts';
import type { Access, Context } from './route.ts';

/** May read everything the gate knows, and change nothing by that. */
export const AUDITOR_GROUP = 'tracegate:auditors';

export function isPlatform({ groups }: Subject): boolean {
  return groups.some((group) => PLATFORM_GROUPS.includes(group));
}

export function mayAudit(subject: Subject): boolean {
  return isPlatform(subject) || subject.groups.includes(AUDITOR_GROUP);
}

export function checkAccess(access: Access, subject: Subject): void {
  const needed = {
    anyone: true,
    authenticated: true,
    auditor: mayAudit(subject),
    platform: isPlatform(subject),
  }[access];
  if (needed) return;
  const who = access === 'platform' ? 'tracegate:platform' : `${AUDITOR_GROUP} or tracegate:platform`;
  throw new Fault('forbidden', `${subject.user} may not do this: it needs the group ${who}`);
}

/** Who asks, as what happens on the host is written down. */
export function byOf({ subject: { user, groups } }: Context): Suspender {
  return { user, groups, door: 'api' };
}
