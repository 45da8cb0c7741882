// SPDX-License-Identifier: Apache-2.0
/** What docs/language.md says of how much a policy tells, and kills. */
export const FLOODS: readonly string[] = [
  '`tracegate.io/throttle: 1000/1s` bounds how many events each hook of the policy tells of one cgroup (the last part of its path is told): 1 to',
  '1000000 in 1s to 1h, counted from the first. What is more is counted (`throttled` in the status); kills, denials and overwritten values are',
  'told each time. `process_throttle` says when that begins, and when an interval has passed without. An agent can bound all policies together',
  '(`events.cgroupRate`).',
  '',
  '`tracegate.io/aggregate: 10s` tells events that are the same once in that time (1s to 1h, counted from boot), and when it is over one says in',
  '`tracegate.aggregated` how many more there were (`count`) and when (`first`, `last`). The same are events of one hook and selector, of one process',
  'between two execs, with the same values to their ends and the same return value; the thread does not matter. Kills, denials and overwritten values',
  'are told each time. At most 16384 are known at once: others are told each. `rateLimit`, stack traces, `imaHash`, `TrackSock` and `loader` are',
  'refused beside it.',
  '',
  '`tracegate.io/max-kills-per-minute: "5"` bounds how many processes the policy kills a minute on each host (1 to 1000000); where the',
  'host’s own `killBudgetPerMinute` is lower, that holds. Beyond it calls pass and are told, and the status says `budgetExhausted`.',
  '',
];
