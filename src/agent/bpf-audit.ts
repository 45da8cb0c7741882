// SPDX-License-Identifier: Apache-2.0
/**
 * What is done with eBPF on this host, into the agent's audit log, in the order it happened. A record waits for the digest of its
 * culprit's executable, but not for long. A look tells of a whole burst before anything else has a turn: what is more than can wait
 * is written at once. What the log does not take then is counted, and the count is a record.
 */
import type { AuditEntry, AuditLog } from '../audit/index.ts';
import type { BpfActivity } from '../model/bpf.ts';
import type { RawCulprit } from '../watch/bpf/audit-records.ts';
import {
  type Digest,
  digestNow,
  digestSoon,
  type ExeDigests,
  type RanExecutable,
} from '../watch/bpf/exe-digests.ts';

const QUEUE_MOST = 20_000;
const AT_ONCE = 1000;
/** A merged file system shows inode numbers of its own. */
const OVERLAY_MAGIC = 0x794c7630;

export interface BpfAuditOptions {
  /** each activity in its turn, with the digest that its record has */
  onWritten?: (activity: BpfActivity) => void;
  queueMost?: number;
}

interface Waiting {
  activity: BpfActivity;
  digest: Promise<Digest> | undefined;
}

export class BpfAudit {
  readonly #log: Pick<AuditLog, 'append' | 'appendSoon'>;
  readonly #onFault: (thrown: unknown) => void;
  readonly #digests: ExeDigests;
  readonly #onWritten: (activity: BpfActivity) => void;
  readonly #queueMost: number;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #unkept = 0;

  constructor(
    log: Pick<AuditLog, 'append' | 'appendSoon'>,
    digests: ExeDigests,
    onFault: (thrown: unknown) => void,
    { onWritten = () => {}, queueMost = QUEUE_MOST }: BpfAuditOptions = {},
  ) {
    this.#onWritten = onWritten;
    this.#log = log;
    this.#digests = digests;
    this.#onFault = onFault;
    this.#queueMost = queueMost;
  }

  note(activity: BpfActivity, raw?: RawCulprit): void {
    if (this.#queue.length >= this.#queueMost) this.#makeRoom();
    this.#queue.push({ activity, digest: raw && activity.by?.exe && this.#digests.of(ranBy(raw)) });
    this.#running ??= this.#run();
  }

  /** The oldest, on the disk when this returns: who tells more waits for it, and meanwhile the kernel's ring keeps what comes. */
  #makeRoom(): void {
    const oldest = this.#queue
      .splice(0, Math.min(AT_ONCE, this.#queueMost))
      .map(({ activity, digest }) => withDigest(activity, digest && digestNow(digest)));
    try {
      this.#log.append(oldest.map(entryOf));
    } catch (thrown) {
      this.#unkept += oldest.length;
      this.#onFault(thrown);
    }
    for (const activity of oldest) this.#onWritten(activity);
  }

  async #run(): Promise<void> {
    // not before the caller knows that this runs: what is noted next is written by it too
    await undefined;
    try {
      for (let next = this.#queue[0]; next; next = this.#queue[0]) {
        const digest = next.digest && (await digestSoon(next.digest));
        if (this.#queue[0] !== next) continue; // written meanwhile, to make room
        this.#queue.shift();
        this.#write(withDigest(next.activity, digest));
        if (this.#unkept > 0) this.#tellUnkept(next.activity.time);
      }
    } finally {
      this.#running = undefined;
    }
  }

  #tellUnkept(time: string): void {
    const body = {
      what: 'records that there was no room to keep until they were written',
      lost: this.#unkept,
    };
    this.#unkept = 0;
    this.#write({ type: 'bpf.gap', time, body });
  }

  #write(activity: BpfActivity): void {
    this.#writing = this.#log.appendSoon([entryOf(activity)]).catch(this.#onFault);
    this.#onWritten(activity);
  }

  /** Until all that was noted is in the log. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
    await this.#writing;
  }
}

function entryOf({ type, object, time, ours, by, body }: BpfActivity): AuditEntry {
  return {
    type,
    ...(object !== undefined && { object }),
    body: { ...body, at: time, ...(ours && { ours }), ...(by && { by: { ...by } }) },
  };
}

function ranBy({ tgid, exe }: RawCulprit): RanExecutable {
  return { tgid, exe, isIt: (_, inode) => inode === exe.inode || exe.magic === OVERLAY_MAGIC };
}

function withDigest(activity: BpfActivity, digest: Digest | undefined): BpfActivity {
  const { by } = activity;
  return by?.exe && digest ? { ...activity, by: { ...by, exe: { ...by.exe, ...digest } } } : activity;
}
