// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';

export const etagOf = (revision: number): string => `"${revision}"`;

/**
 * Which revision a change is meant for, from If-Match and If-None-Match: a number, 0 for "only if there is none",
 * undefined where nothing was said. `currentRevision` is undefined where there is no such policy.
 */
export function expectedRevision(
  headers: Record<string, string | undefined>,
  currentRevision: number | undefined,
): number | undefined {
  const match = headers['if-match'];
  const noneMatch = headers['if-none-match'];
  if (noneMatch !== undefined) {
    if (noneMatch.trim() !== '*')
      throw new Fault('bad-request', 'If-None-Match is read as * only, on a change');
    return 0;
  }
  if (match === undefined) return undefined;
  if (match.trim() === '*') {
    if (currentRevision !== undefined) return currentRevision;
    throw new Fault('stale', 'If-Match says there is one, and there is none');
  }
  const tags = match.split(',').map((tag) => /^"(\d{1,15})"$/.exec(tag.trim())?.[1]);
  if (tags.includes(undefined))
    throw new Fault('bad-request', 'If-Match names a revision in quotes, as the ETag does: "3"');
  const revisions = tags.map(Number);
  return currentRevision !== undefined && revisions.includes(currentRevision)
    ? currentRevision
    : revisions[0];
}

export const bundleTag = (digest: string): string => `"${digest}"`;

/** Throws where If-Match or If-None-Match says that another rule bundle was meant to be replaced. */
export function checkBundleTag(
  headers: Record<string, string | undefined>,
  inForce: string | undefined,
): void {
  const match = headers['if-match']?.trim();
  if (headers['if-none-match'] !== undefined)
    throw new Fault('bad-request', 'there always is a rule set: say which one is meant with If-Match');
  if (match === undefined || (match === '*' && inForce !== undefined)) return;
  const tags = match.split(',').map((tag) => tag.trim());
  if (inForce !== undefined && tags.includes(bundleTag(inForce))) return;
  throw new Fault(
    'stale',
    `If-Match names ${match.slice(0, 100)}, and ${inForce ?? 'no bundle'} is in force`,
  );
}
