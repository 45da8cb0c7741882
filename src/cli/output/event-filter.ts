// SPDX-License-Identifier: Apache-2.0
/** Which events of a file are wanted: the same words as the gate's query. */
import type { EventProcess, TraceEvent } from '../../model/event.ts';

export interface EventFilter {
  namespaces?: string[];
  pods?: string[];
  processes?: string[];
  policyNames?: string[];
  eventTypes?: string[];
  host?: boolean;
}

type Part = {
  process?: EventProcess & { pod?: { namespace?: string; name?: string } };
  policy_name?: string;
};

/** Name and content of the one event in the envelope. */
export function partOf(event: TraceEvent): { type: string; part: Part } | undefined {
  for (const [type, part] of Object.entries(event)) {
    if (type.startsWith('process_') && typeof part === 'object' && part !== null)
      return { type, part: part as Part };
  }
  return undefined;
}

export function matches(event: TraceEvent, filter: EventFilter): boolean {
  const found = partOf(event);
  if (!found) return false;
  const { process, policy_name } = found.part;
  const wanted = (list: string[] | undefined, test: (word: string) => boolean) =>
    list === undefined || list.some(test);
  return (
    wanted(filter.eventTypes, (type) => type.toLowerCase() === found.type) &&
    wanted(filter.policyNames, (name) => name === policy_name) &&
    wanted(filter.processes, (path) => process?.binary?.endsWith(path) === true) &&
    wanted(filter.namespaces, (namespace) => process?.pod?.namespace === namespace) &&
    wanted(filter.pods, (pod) => process?.pod?.name?.startsWith(pod) === true) &&
    (filter.host !== true || process?.pod === undefined)
  );
}
