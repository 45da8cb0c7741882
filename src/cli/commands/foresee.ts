// SPDX-License-Identifier: Apache-2.0
/** `tracegate foresee FILE`: who would have been hit, by recorded events and by what runs now. Nothing is loaded. */
import { createReadStream, existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { asFault, Fault } from '../../errors.ts';
import { Foresight, type Recorders, readEvent, type SeenProcess } from '../../foresight/index.ts';
import { processTable } from '../../kernel/process-table.ts';
import type { ValidIntake } from '../../model/intake.ts';
import type { NormalHook } from '../../model/normal-policy.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { type Foreseen, foresightText } from '../output/foresight.ts';
import { inputsOf } from '../review/inputs.ts';
import { factsFor } from '../review/local-judge.ts';
import { invalid } from '../review/sendable.ts';

interface Options {
  events?: string[];
  recorded?: string[];
  facts?: string;
  processes: boolean;
}

interface Seen {
  events: number;
  calls: number;
  processes: number;
  hidden: number;
}

export const foreseeCommand = command<Options>({
  words: ['foresee'],
  about:
    'who would have been hit by a policy: recorded events and running processes, run through its selectors',
  args: [{ syntax: '<file>', about: 'the policy, or - for standard input' }],
  options: [
    {
      flags: '--events <file...>',
      about:
        'recorded events, ours or Tetragon’s, a JSON object a line; - for standard input. By default those the agent keeps',
    },
    {
      flags: '--recorded <file...>',
      about: 'the policies that recorded the events, where they are others than FILE',
    },
    { flags: '--facts <file>', about: 'facts of the host, or hosts, to plan for' },
    { flags: '--no-processes', about: 'leave out the processes that run on this host' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const [file = ''] = options.args;
    const sources = eventSources(options, file, deps);
    if (sources.length === 0 && !options.processes)
      throw new Fault(
        'usage',
        'there is nothing to run through: name recorded events with --events, or leave --no-processes out',
      );
    const policies = await validPolicies([file], deps);
    const recorders = recordersOf([...policies, ...(await validPolicies(options.recorded ?? [], deps))]);
    const facts = await factsFor(options, deps);
    const runs = await Promise.all(
      policies.map(async ({ normal, identity }) => ({
        identity,
        mode: normal.mode ?? 'enforce',
        foresight: new Foresight(normal, await facts(normal), recorders),
      })),
    );
    const seen = await runThrough(
      runs.map(({ foresight }) => foresight),
      sources,
      options,
      deps,
    );
    for (const { identity, mode, foresight } of runs)
      await print({ policy: identity, mode, seen, hooks: foresight.result() }, options.output, deps);
    return EXIT.done;
  },
});

async function validPolicies(files: readonly string[], { io }: CommandDeps): Promise<ValidIntake[]> {
  const { inputs } = await inputsOf(files, io);
  return inputs.map(({ intake, fault }) => {
    if (!intake) throw fault ?? new Fault('internal', 'nothing was read');
    if (!intake.valid) throw invalid(intake);
    return intake;
  });
}

function recordersOf(policies: readonly ValidIntake[]): Recorders {
  const hooks = new Map<string, NormalHook[]>();
  for (const { normal } of policies)
    hooks.set(normal.name, [...(hooks.get(normal.name) ?? []), ...normal.hooks]);
  return hooks;
}

interface Source {
  name: string;
  open: () => Readable;
}

/** Those named, else the file that the agent of this host writes, oldest first. */
function eventSources(
  { events }: Options,
  file: string,
  { io, loaded: { config }, out }: CommandDeps,
): Source[] {
  if (events?.includes('-') && file === '-')
    throw new Fault('usage', 'the policy and the events cannot both come from standard input');
  if (events !== undefined)
    return events.map((name) => ({
      name,
      open: () => (name === '-' ? io.stdin : createReadStream(resolve(io.cwd, name))),
    }));
  const { file: kept } = config.events;
  if (kept === undefined || !existsSync(kept)) {
    out.say('no recorded events: none are named with --events, and the agent keeps none (events.file)');
    return [];
  }
  const older = Array.from({ length: config.events.filesKept }, (_, i) => `${kept}.${i + 1}`).filter((name) =>
    existsSync(name),
  );
  return [...older.toReversed(), kept].map((name) => ({ name, open: () => createReadStream(name) }));
}

async function runThrough(
  foresights: readonly Foresight[],
  sources: readonly Source[],
  { processes: live }: Options,
  { out }: CommandDeps,
): Promise<Seen> {
  const { processes, hidden } = live ? processTable() : { processes: [], hidden: 0 };
  const running = new Map(
    processes.map((process) => [`${process.pid} ${process.binary}`, process as SeenProcess]),
  );
  const seen = { events: 0, calls: 0, processes: processes.length, hidden };
  for (const source of sources) await eventsOf(source, running, foresights, seen);
  for (const process of processes) for (const foresight of foresights) foresight.process(process);
  if (hidden > 0) out.say(`${hidden} processes whose program may not be seen from here are left out`);
  return seen;
}

async function eventsOf(
  { name, open }: Source,
  running: ReadonlyMap<string, SeenProcess>,
  foresights: readonly Foresight[],
  seen: Seen,
): Promise<void> {
  let number = 0;
  try {
    for await (const line of createInterface({ input: open(), crlfDelay: Number.POSITIVE_INFINITY })) {
      number++;
      if (line.trim() === '') continue;
      const call = readEvent(line, `${name}, line ${number}`);
      seen.events++;
      if (call === undefined) continue;
      seen.calls++;
      const { pid, binary } = call.process;
      for (const foresight of foresights) foresight.call(call, running.get(`${pid} ${binary}`));
    }
  } catch (thrown) {
    if (thrown instanceof Fault) throw thrown;
    throw new Fault('unreadable', `${name} cannot be read: ${asFault(thrown).message}`, { cause: thrown });
  }
}

async function print(foreseen: Foreseen, output: string, { out }: CommandDeps): Promise<void> {
  if (output === 'json') await out.json(foreseen);
  else await out.raw(foresightText(foreseen));
}
