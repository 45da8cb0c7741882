// SPDX-License-Identifier: Apache-2.0
/** `tracegate audit sinks`: where copies of this host's logs go and how far that has come. Needs no running gate. */
import { statePaths } from '../../../config/index.ts';
import { asFault, Fault } from '../../../errors.ts';
import {
  AuditFeed,
  type Feed,
  HeadFeed,
  readSinkState,
  type SinkState,
  sinkStatesIn,
} from '../../../sinks/index.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';

interface Shown {
  sink: string;
  feed: string;
  /** records still to be told; null where that cannot be told */
  behind: number | null;
  state: SinkState;
}

export const auditSinks = command({
  words: ['audit', 'sinks'],
  about: "where copies of this host's logs go, how far each has come and what keeps it; 1 while one fails",
  outputs: ['text', 'json'],
  async run({ output }, deps) {
    const shown = sinksHere(deps);
    if (output === 'json')
      for (const { sink, feed, behind, state } of shown)
        await deps.out.json({ sink, feed, behind, ...state });
    else if (shown.length === 0)
      await deps.out.line('no copies of the logs go anywhere: see the keys `sinks.…`');
    else await deps.out.raw(tableOf(HEADINGS, shown.map(cellsOf)));
    return shown.some(({ state }) => state.error !== undefined) ? EXIT.denied : EXIT.done;
  },
});

const HEADINGS = ['SINK', 'TELLS', 'BEHIND', 'DELIVERED', 'LAID ASIDE', 'AS OF', 'TROUBLE'];

function sinksHere({ loaded }: CommandDeps): Shown[] {
  const paths = statePaths(loaded.config.stateDir);
  const places = [
    { folder: paths.gateSinks, log: paths.gateAudit },
    { folder: paths.agentSinks, log: paths.agentAudit },
  ];
  return places.flatMap(({ folder, log }) =>
    filesIn(folder).map(({ name, feed, path }) => {
      const state = readSinkState(path);
      return { sink: name, feed, state, behind: behindOf(feed, log, state) };
    }),
  );
}

function filesIn(folder: string): ReturnType<typeof sinkStatesIn> {
  try {
    return sinkStatesIn(folder);
  } catch (cause) {
    const why = `${folder} cannot be read: ${asFault(cause).message}`;
    throw new Fault('forbidden', `${why}. Ask as whom gate and agent run, or as root`, { cause });
  }
}

function behindOf(name: string, path: string, { position }: SinkState): number | null {
  if (name.endsWith('-events')) return null;
  const feed: Feed = name.endsWith('-audit')
    ? (new AuditFeed(name, path) as Feed)
    : (new HeadFeed(name, path, 0) as Feed);
  try {
    return feed.behind(position);
  } catch {
    return null;
  } finally {
    feed.close();
  }
}

function cellsOf({ sink, feed, behind, state }: Shown): string[] {
  const { delivered, laidAside, at, error, errorSince } = state;
  const trouble = error === undefined ? '-' : `since ${errorSince}: ${error}`;
  return [
    sink,
    feed,
    behind === null ? '-' : String(behind),
    String(delivered),
    String(laidAside),
    at,
    trouble,
  ];
}
