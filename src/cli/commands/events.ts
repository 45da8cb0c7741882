// SPDX-License-Identifier: Apache-2.0
/** `tracegate events`: what the kernels report, as it happens. */
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { asFault, Fault } from '../../errors.ts';
import type { TraceEvent } from '../../model/event.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { compactEvent } from '../output/compact-event.ts';
import { type EventFilter, matches } from '../output/event-filter.ts';

interface Options {
  file?: string;
  namespaces?: string;
  pods?: string;
  processes?: string;
  policyNames?: string;
  eventTypes?: string;
  host?: boolean;
  timestamps?: boolean;
}

export const eventsCommand = command<Options>({
  words: ['events'],
  about: 'events from now on, until interrupted',
  options: [
    { flags: '-f, --file <file>', about: 'events from a file, or - for standard input, instead of the gate' },
    { flags: '--namespaces <a,b>', about: 'only these namespaces' },
    { flags: '--pods <a,b>', about: 'only pods whose name begins so' },
    { flags: '--processes <a,b>', about: 'only programs whose path ends so' },
    { flags: '--policy-names <a,b>', about: 'only events of these policies' },
    { flags: '--event-types <a,b>', about: 'such as PROCESS_KPROBE,PROCESS_EXEC' },
    { flags: '--host', about: 'only processes of the host, outside of pods' },
    { flags: '--timestamps', about: 'time before each line' },
  ],
  outputs: ['compact', 'json'],
  async run(options, deps) {
    const filter = filterOf(options);
    for await (const event of sourceOf(options, filter, deps)) {
      // a file holds everything; the gate has filtered already
      if (options.file !== undefined && !matches(event, filter)) continue;
      if (options.output === 'json') await deps.out.json(event);
      else await deps.out.line(compactEvent(event, options.timestamps === true));
    }
    return EXIT.done;
  },
});

function filterOf({ namespaces, pods, processes, policyNames, eventTypes, host }: Options): EventFilter {
  const listOf = (text: string | undefined) =>
    text
      ?.split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  const lists = {
    namespaces: listOf(namespaces),
    pods: listOf(pods),
    processes: listOf(processes),
    policyNames: listOf(policyNames),
    eventTypes: listOf(eventTypes),
  };
  return {
    ...(Object.fromEntries(Object.entries(lists).filter(([, list]) => list)) as EventFilter),
    ...(host ? { host } : {}),
  };
}

function sourceOf(
  { file }: Options,
  filter: EventFilter,
  { gate, io, out }: CommandDeps,
): AsyncIterable<TraceEvent> {
  if (file !== undefined)
    return eventsIn(file === '-' ? io.stdin : createReadStream(resolve(io.cwd, file)), file);
  const { namespaces, pods, processes, policyNames, eventTypes, host } = filter;
  const query = {
    namespaces: namespaces?.join(','),
    pods: pods?.join(','),
    processes: processes?.join(','),
    'policy-names': policyNames?.join(','),
    'event-types': eventTypes?.join(','),
    host: host ? 'true' : undefined,
  };
  out.say(`events of ${gate().name}; Ctrl-C ends`);
  return gate().lines({ method: 'GET', path: '/v1/events', query }, io.signal) as AsyncIterable<TraceEvent>;
}

async function* eventsIn(stream: Readable, name: string): AsyncIterable<TraceEvent> {
  let number = 0;
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() !== '') yield JSON.parse(line) as TraceEvent;
    }
  } catch (cause) {
    throw new Fault('unreadable', `${name}, line ${number}: ${asFault(cause).message}`, { cause });
  }
}
