// SPDX-License-Identifier: Apache-2.0
/** Why a program was not loaded: the errno, what that usually means, and the verifier's last words where the loader asked for them. */
import { constants } from 'node:os';
import { loadAsked } from './attr.ts';
import type { AuditRecordSeen } from './audit-records.ts';

const ERRNO_NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));
/** The kernel's own: it is not among those that user space knows. */
const ENOTSUPP = 524;

export const errorOf = (result: number): string =>
  -result === ENOTSUPP ? 'ENOTSUPP' : (ERRNO_NAMES.get(-result) ?? `error ${-result}`);

/** The verifier's own words, where it was asked for them, say more. */
const USUALLY: Record<string, string> = {
  EACCES: 'the verifier found something that the program may not do',
  EINVAL: 'the verifier, or a check before it, takes the program or what it asks for as malformed',
  EPERM: 'the loader has not the capabilities, or a guard forbids it',
  E2BIG: 'it is too large, or takes the verifier too long',
  ENOSPC: 'the loader’s room for the verifier’s log was too small',
  EBADF: 'a map or a program that it names by a descriptor is none',
  ENOENT: 'what it is to be put on is not there',
  ENOTSUPP: 'this kernel does not support what it asks for',
  ENOMEM: 'there was no memory for it',
  EAGAIN: 'a signal came while it was verified',
};
/** The verifier's last messages, one after another. */
const saidIn = (text: string): string[] =>
  text
    .split('\0')
    .map((line) => line.trim())
    .filter((line) => line !== '');

export function loadFailureBody({ attr, result, objectId, text }: AuditRecordSeen): Record<string, unknown> {
  const error = errorOf(result);
  const verified = objectId > 0;
  const usually = verified ? undefined : USUALLY[error];
  const verifier = saidIn(text);
  return {
    program: loadAsked(attr),
    error,
    ...(usually !== undefined && { usually }),
    ...(verifier.length > 0 && { verifier }),
    ...(verified && { verified, why: 'refused after the verifier had passed it' }),
  };
}
