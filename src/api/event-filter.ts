// SPDX-License-Identifier: Apache-2.0
/** Which events are wanted, in the words of the query: lists are separated by commas, any word of a list fits. */
import type { EventProcess, TraceEvent } from '../model/event.ts';

export interface EventQuery {
  namespaces?: string;
  pods?: string;
  processes?: string;
  'policy-names'?: string;
  'event-types'?: string;
  host?: boolean;
}

type Process = EventProcess & { pod?: { namespace?: string; name?: string } };
interface Part {
  type: string;
  process?: Process;
  policy_name?: string;
}

export function eventFilter(query: EventQuery): (event: TraceEvent) => boolean {
  const tests: ((part: Part) => boolean)[] = [
    anyOf(query['event-types'], (part, type) => part.type === type.toLowerCase()),
    anyOf(query['policy-names'], (part, name) => part.policy_name === name),
    anyOf(query.processes, (part, path) => part.process?.binary?.endsWith(path) === true),
    anyOf(query.namespaces, (part, namespace) => part.process?.pod?.namespace === namespace),
    anyOf(query.pods, (part, pod) => part.process?.pod?.name?.startsWith(pod) === true),
    (part) => query.host !== true || part.process?.pod === undefined,
  ];
  return (event) => {
    const part = partOf(event);
    return part !== undefined && tests.every((test) => test(part));
  };
}

function anyOf(
  list: string | undefined,
  test: (part: Part, word: string) => boolean,
): (part: Part) => boolean {
  if (list === undefined) return () => true;
  const words = list.split(',').map((word) => word.trim());
  return (part) => words.some((word) => word !== '' && test(part, word));
}

function partOf(event: TraceEvent): Part | undefined {
  for (const [type, part] of Object.entries(event)) {
    if (type.startsWith('process_') && typeof part === 'object' && part !== null)
      return { ...(part as object), type };
  }
  return undefined;
}
