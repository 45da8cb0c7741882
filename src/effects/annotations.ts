// SPDX-License-Identifier: Apache-2.0
/** What the annotations of a policy mean that are read here, and what the others say. */
import type { EventRate, NormalPolicy } from '../model/normal-policy.ts';

const OURS = 'tracegate.io/';

/** One sentence each. */
export function annotationWords(policy: NormalPolicy): string[] {
  return Object.entries(policy.annotations)
    .filter(([name]) => name.startsWith(OURS))
    .map(([name, value]) => meaningOf(name.slice(OURS.length), value, policy));
}

function meaningOf(name: string, value: string, policy: NormalPolicy): string {
  const { throttle, aggregateMs, killsPerMinute } = policy;
  if (name === 'throttle' && throttle !== undefined) return throttleWords(throttle);
  if (name === 'aggregate' && aggregateMs !== undefined) return aggregateWords(aggregateMs);
  if (name === 'max-kills-per-minute' && killsPerMinute !== undefined) return killWords(killsPerMinute);
  if (name === 'match' && value === 'object')
    return 'Paths in its filters mean the file itself, whatever text a call names it by.';
  if (name === 'allow-racy' && value === 'true')
    return 'It may decide on memory that the program can change at that moment: a program that tries can get past it.';
  return SAID[name]?.(value) ?? `Its annotation ${OURS}${name} says ${JSON.stringify(value)}.`;
}

const SAID: Readonly<Record<string, (value: string) => string>> = {
  owner: (value) => `Who answers for it: ${JSON.stringify(value)}.`,
  reason: (value) => `What it is for: ${JSON.stringify(value)}.`,
  ticket: (value) => `Where it was talked over: ${JSON.stringify(value)}.`,
};

function killWords(killsPerMinute: number): string {
  const most = killsPerMinute === 1 ? 'one process' : `${killsPerMinute} processes`;
  return `It kills at most ${most} a minute on each host, or fewer where the host allows a policy fewer: beyond that it lets calls pass and only tells.`;
}

/** Never held back, whatever is: what happened to somebody. */
const ACTS = 'kills, denials and values that were overwritten are told each time';

function throttleWords({ events, intervalMs }: EventRate): string {
  return (
    `Each of its hooks tells at most ${events} events in ${time(intervalMs)} of one group of processes (a cgroup: a container, or a service of ` +
    `the host): what is more is counted and not told; ${ACTS}. An event says when that begins and when it ends.`
  );
}

function aggregateWords(aggregateMs: number): string {
  return (
    `Events that are the same (of one process, with the same values) are told once in ${time(aggregateMs)}, and then one says how many more ` +
    `there were; ${ACTS}.`
  );
}

function time(ms: number): string {
  const seconds = ms / 1000;
  return seconds === 1 ? 'a second' : `${seconds} seconds`;
}
