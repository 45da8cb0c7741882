// SPDX-License-Identifier: Apache-2.0
/**
 * What is done with eBPF on this host, into the agent's audit log, in the order it happened. A record waits for the digest of its
 * culprit's executable, but not for long. What cannot be kept while the disk is slow is counted, and the count is a record.
 */
import type { AuditLog } from '../audit/index.ts';
import type { BpfActivity } from '../model/bpf.ts';
import type { RawCulprit } from '../watch/bpf/audit-records.ts';
import { type Digest, digestSoon, type ExeDigests, type RanExecutable } from '../watch/bpf/exe-digests.ts';

const QUEUE_MOST = 20_000;
/** A merged file system shows inode numbers of its own. */
const OVERLAY_MAGIC = 0x794c7630;

interface Waiting {
  activity: BpfActivity;
  digest: Promise<Digest> | undefined;
}

export class BpfAudit {
  readonly #log: AuditLog;
  readonly #onFault: (thrown: unknown) => void;
  readonly #digests: ExeDigests;
  readonly #onWritten: (activity: BpfActivity) => void;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  #writing: Promise<unknown> = Promise.resolve();
  #unkept = 0;

  /** `onWritten`: each activity in its turn, with the digest that its record has. */
  constructor(
    log: AuditLog,
    digests: ExeDigests,
    onFault: (thrown: unknown) => void,
    onWritten: (activity: BpfActivity) => void = () => {},
  ) {
    this.#onWritten = onWritten;
    this.#log = log;
    this.#digests = digests;
    this.#onFault = onFault;
  }

  note(activity: BpfActivity, raw?: RawCulprit): void {
    if (this.#queue.length >= QUEUE_MOST) {
      this.#unkept++;
      return;
    }
    this.#queue.push({ activity, digest: raw && activity.by?.exe && this.#digests.of(ranBy(raw)) });
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // not before the caller knows that this runs: what is noted next is written by it too
    await undefined;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
        this.#write(withDigest(next.activity, next.digest && (await digestSoon(next.digest))));
        if (this.#unkept > 0 && this.#queue.length < QUEUE_MOST / 2) this.#tellUnkept(next.activity.time);
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
    const { type, object, time, ours, by, body } = activity;
    const entry = {
      type,
      ...(object !== undefined && { object }),
      body: { ...body, at: time, ...(ours && { ours }), ...(by && { by: { ...by } }) },
    };
    this.#writing = this.#log.appendSoon([entry]).catch(this.#onFault);
    this.#onWritten(activity);
  }

  /** Until all that was noted is in the log. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
    await this.#writing;
  }
}

function ranBy({ tgid, exe }: RawCulprit): RanExecutable {
  return { tgid, exe, isIt: (_, inode) => inode === exe.inode || exe.magic === OVERLAY_MAGIC };
}

function withDigest(activity: BpfActivity, digest: Digest | undefined): BpfActivity {
  const { by } = activity;
  return by?.exe && digest ? { ...activity, by: { ...by, exe: { ...by.exe, ...digest } } } : activity;
}
