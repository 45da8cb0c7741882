// SPDX-License-Identifier: Apache-2.0
/** What is told of one hook: who met it, who would, and what cannot be said. */

/** What would have happened to a program, in one place. */
export interface Hit {
  /** position in the hook's selectors */
  selector: number;
  /** in plain words */
  action: string;
  /** somebody is killed, signalled, denied or changed; false: it is only reported */
  strikes: boolean;
  binary: string;
  unit?: string;
  pod?: string;
  container?: string;
  times: number;
  /** some of the processes */
  pids: number[];
}

export interface HookForesight {
  /** JSON Pointer */
  path: string;
  hook: string;
  refused: { host: string; reason: string }[];
  /** recorded calls of the hook */
  calls: number;
  /** what recorded calls would have met */
  hits: Hit[];
  /** running processes that it would meet; `times` is how many they are */
  reach: Hit[];
  /** when they would be met: they were, when they were executed; or when they make the call, with values that are not known */
  reachedWhen: 'executed' | 'called';
  /** what could not be run through, and how often */
  notSimulated: NotSimulated[];
}

export interface NotSimulated {
  /** of those that may take the call the one that does most; absent: the whole hook */
  selector?: number;
  /** what that would do, in plain words */
  perhaps?: string;
  reason: string;
  times: number;
}
