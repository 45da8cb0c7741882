// SPDX-License-Identifier: Apache-2.0
/** All sinks of a process, on a thread of their own: reading, wording and sending takes nothing from whoever writes the log. */
import { join } from 'node:path';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { AuditFeed } from './audit-feed.ts';
import { EventFeed } from './event-feed.ts';
import { FileTransport } from './file-transport.ts';
import { HeadFeed } from './head-feed.ts';
import type { Feed, Teller } from './item.ts';
import { LinesFile } from './lines-file.ts';
import { Sink } from './sink.ts';
import { type SinkState, sinkStatePath } from './sink-state.ts';
import { type FeedSpec, SINK_TASK, type SinkNews, type SinkTask } from './sink-task.ts';
import { SyslogDatagrams } from './syslog-datagrams.ts';
import { SyslogStream } from './syslog-stream.ts';
import type { SinkSpec, Transport } from './transport.ts';
import { Webhook } from './webhook.ts';

const DEAD_LETTERS = { maxBytes: 100 * 1024 * 1024, kept: 5 };

function sinkOf(spec: SinkSpec, feedSpec: FeedSpec, { folder, teller }: SinkTask): Sink {
  const feed = feedOf(feedSpec, teller);
  const names = { name: spec.name, feed: feedSpec.name };
  return new Sink({
    ...{ spec, feed, teller, transport: transportOf(spec, teller) },
    statePath: sinkStatePath(folder, names),
    deadLetters: new LinesFile({ path: join(folder, `${names.name}.${names.feed}.dead`), ...DEAD_LETTERS }),
    onState: (state) => {
      const news: SinkNews = { ...names, behind: behindOf(feed, state), state };
      parentPort?.postMessage(news);
    },
  });
}

function feedOf({ name, path, kept = 0, everySeconds }: FeedSpec, { host }: Teller): Feed {
  if (everySeconds !== undefined) return new HeadFeed(name, path, everySeconds) as Feed;
  const feed = name === 'agent-events' ? new EventFeed(path, { kept, host }) : new AuditFeed(name, path);
  return feed as Feed;
}

function behindOf(feed: Feed, { position }: SinkState): number {
  try {
    return feed.behind(position);
  } catch {
    // the file cannot be read: the sink's own look says so
    return 0;
  }
}

function transportOf({ transport, format }: SinkSpec, teller: Teller): Transport {
  switch (transport.kind) {
    case 'file':
      return new FileTransport(transport);
    case 'syslog':
      return transport.address.startsWith('udp:')
        ? new SyslogDatagrams({ ...transport, teller })
        : new SyslogStream({ ...transport, teller });
    case 'webhook':
      return new Webhook({ ...transport, format });
  }
}

async function runAll(task: SinkTask): Promise<void> {
  const stop = new AbortController();
  parentPort?.once('message', () => stop.abort());
  const sinks = task.feeds.flatMap((feed) => feed.sinks.map((spec) => sinkOf(spec, feed, task)));
  await Promise.all(sinks.map((sink) => sink.run(stop.signal)));
  parentPort?.unref();
}

if (!isMainThread && workerData?.task === SINK_TASK) await runAll(workerData as SinkTask);
