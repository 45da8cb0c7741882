// SPDX-License-Identifier: Apache-2.0
import { CATALOGUE, type Fault } from '../errors.ts';

/** RFC 9457, with the catalogue's stable code and, where one was made, the Decision. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  [extension: string]: unknown;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemOf(fault: Fault): Problem {
  const { http, title } = CATALOGUE[fault.code];
  // the words of an unexpected fault may hold paths and internals: they are for the log
  const detail =
    fault.code === 'internal' ? 'something went wrong inside; the log of the gate says what' : fault.message;
  const { decision, findings, errors } = fault.details;
  const extensions = Object.entries({ decision, findings, errors }).filter(
    ([, value]) => value !== undefined,
  );
  return {
    type: `urn:tracegate:problem:${fault.code}`,
    title,
    status: http,
    code: fault.code,
    detail,
    ...Object.fromEntries(extensions),
  };
}
