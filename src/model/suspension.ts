// SPDX-License-Identifier: Apache-2.0
/** The way out: for a while nothing is denied or killed, on a whole host or by one policy. Events go on. */

export interface Suspender {
  user: string;
  groups: string[];
  /** `host`: something on the host itself set it, past gate and agent */
  door: 'api' | 'cli' | 'host';
}

export interface Suspension {
  id: string;
  host: string;
  /** the policy's key; without one, everything on the host */
  policy?: string;
  by: Suspender;
  reason: string;
  since: string;
  /** it ends by itself then; without it, when somebody resumes */
  until?: string;
  /** the programs were taken out of the kernel as well: nothing is loaded until it ends */
  unloaded?: true;
  /** of a whole host: its end as the kernel has it, ns since boot, `0` for none */
  kernelUntilNs?: string;
}

export interface SuspendRequest {
  policy?: string;
  forSeconds?: number;
  reason: string;
  by: Suspender;
}

export interface ResumeRequest {
  policy?: string;
  reason?: string;
  by: Suspender;
}

export const SUSPENSION_SECONDS_MAX = 30 * 86_400;
export const REASON_CHARACTERS_MAX = 1000;

/** Names the first thing that makes `value` no request to suspend (or, with `ends`, to resume); undefined when it is one. */
export function suspensionRequestProblem(value: unknown, ends: boolean): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'it is not an object';
  const { policy, forSeconds, reason, by } = value as Partial<Record<keyof SuspendRequest, unknown>>;
  if (policy !== undefined && (typeof policy !== 'string' || policy === '')) return '`policy` is not a key';
  if (!isSuspender(by)) return '`by` does not say who asks';
  const said = typeof reason === 'string' && reason.trim() !== '' && reason.length <= REASON_CHARACTERS_MAX;
  if (!said && !(ends && reason === undefined))
    return `\`reason\` is missing, or longer than ${REASON_CHARACTERS_MAX} characters`;
  if (ends || forSeconds === undefined) return undefined;
  const fits = Number.isInteger(forSeconds) && Number(forSeconds) >= 1;
  return fits && Number(forSeconds) <= SUSPENSION_SECONDS_MAX
    ? undefined
    : `\`forSeconds\` is no whole number from 1 to ${SUSPENSION_SECONDS_MAX}`;
}

/** Whether it says who asks. */
export function isSuspender(value: unknown): value is Suspender {
  const { user, groups, door } = (value ?? {}) as Partial<Suspender>;
  const known = door === 'api' || door === 'cli' || door === 'host';
  return typeof user === 'string' && user !== '' && Array.isArray(groups) && known;
}

/** How status, screen and command line tell of one. */
export function suspensionWords({ by, reason, until }: Suspension): string {
  return `suspended by ${by.user} ${until === undefined ? 'until somebody resumes' : `until ${until}`}: ${reason}`;
}
