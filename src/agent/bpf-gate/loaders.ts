// SPDX-License-Identifier: Apache-2.0
/** Which executables the kernel knows as loaders: those listed, the host's own needs, what the baseline accepted, and the next agent. */
import { asFault, Fault } from '../../errors.ts';
import { sha256Of } from '../../kernel/file-digest.ts';
import type { GateLoader, ListedLoader, LoaderName } from '../../model/bpf-gate.ts';
import { type InodeFact, sameInode } from '../../model/inode.ts';
import type { Ruleset } from '../../model/judge.ts';
import type { BpfGate } from '../../runtime/bpf-gate/gate.ts';
import { type Executable, showsChanges, withExecutable } from './executables.ts';
import { forbidden, type Judged, type RuleNumbers, verdictsOn } from './verdicts.ts';

const ROOT_ONLY = [0];
const WRITABLE_BY_OTHERS = 0o022;

export interface LoadersDeps {
  ruleset: Ruleset;
  numbers: RuleNumbers;
  now: () => Date;
  /** types that an executable was accepted for */
  learned: (digest: string) => string[];
  /** executables that the baseline accepted */
  accepted: () => LoaderName[];
  note: (type: string, object: string, body: Record<string, unknown>) => void;
}

interface Known extends GateLoader {
  number: number;
  /** the file as it was admitted */
  inode?: InodeFact;
  ctimeNs?: bigint;
}

/** A file as it was when it was read last: one that is not to be known is not read again and again. */
interface Read {
  inode: InodeFact;
  ctimeNs: bigint;
  digest: string;
  /** its verdicts are filed under it */
  number: number;
}

interface Data {
  loaders?: ListedLoader[];
  essential?: string[];
}

export class Loaders {
  readonly #gate: BpfGate;
  readonly #deps: LoadersDeps;
  readonly #known = new Map<string, Known>();
  /** by the number of a verdict: what each finding said */
  readonly #messages = new Map<string, Map<number, string>>();
  readonly #read = new Map<string, Read>();
  /** what the next agent may run: each file by its path, as it was when it was admitted */
  readonly #successors = new Map<string, string>();
  #next = 1;
  #looking: Promise<void> | undefined;

  constructor(gate: BpfGate, deps: LoadersDeps) {
    this.#gate = gate;
    this.#deps = deps;
  }

  /** Judges all anew: the rules are others, or what is learned is. */
  async judgeAll(): Promise<void> {
    this.#judge(0, undefined);
    for (const known of this.#known.values()) if (known.inode) this.#judge(known.number, known);
    await this.#looking; // it may have begun by the rules before
    await this.look();
  }

  #judge(number: number, name: LoaderName | undefined): void {
    const { ruleset, numbers, now, learned } = this.#deps;
    const judged: Judged | undefined = name && {
      path: name.path,
      digest: name.digest,
      learned: learned(name.digest),
    };
    for (const { place, otherUser, rules, messages } of this.#verdicts(judged, {
      ruleset,
      numbers,
      time: now().toISOString(),
    })) {
      this.#gate.setCase({ loader: number, place, otherUser }, rules);
      this.#messages.set(`${number}:${place}:${otherUser}`, messages);
    }
  }

  #verdicts(judged: Judged | undefined, by: Parameters<typeof verdictsOn>[1]) {
    try {
      return verdictsOn(judged, by);
    } catch (thrown) {
      const reason = asFault(thrown).message;
      this.#deps.note('bpf_gate_unjudged', judged?.path ?? 'whoever is not known', { reason });
      return forbidden();
    }
  }

  /** What was said of something that a loader asked for. */
  message(of: { loader: number; place: number; otherUser: boolean; asked: number }): string | undefined {
    return this.#messages.get(`${of.loader}:${of.place}:${of.otherUser}`)?.get(of.asked);
  }

  byNumber(number: number): GateLoader | undefined {
    return [...this.#known.values()].find((known) => known.number === number && number > 0);
  }

  /** Why the kernel does not know an executable that is listed; undefined: it does, or nobody listed it. */
  refusalOf(path: string): string | undefined {
    const known = this.#known.get(path);
    return known?.state === 'refused' ? known.reason : undefined;
  }

  list(): GateLoader[] {
    return [...this.#known.values()].map(({ path, digest, state, reason }) => ({
      ...{ path, digest, state },
      ...(reason !== undefined && { reason }),
    }));
  }

  #candidates(): Set<string> {
    const { loaders = [], essential = [] } = this.#data();
    const accepted = this.#deps.accepted().map(({ path }) => path);
    return new Set([
      ...loaders.map(({ path }) => path),
      ...essential,
      ...accepted,
      ...this.#successors.keys(),
    ]);
  }

  /** The next agent may run that file, as long as it has that digest. Throws Fault `bad-request` where the kernel cannot know it. */
  async admitSuccessor({ path, digest }: LoaderName): Promise<void> {
    this.#successors.set(path, digest);
    this.#forgetFile(path);
    this.#gate.setSuccessors(true);
    await this.#looking; // it may have begun before
    await this.look();
    const found = this.#known.get(path);
    if (found?.state === 'known') return;
    this.#successors.delete(path);
    this.#gate.setSuccessors(this.#successors.size > 0);
    const reason = found?.reason ?? 'there is no such file';
    await this.look();
    throw new Fault('bad-request', `${path} cannot be the next agent's: ${reason}`);
  }

  /** It is read anew by the next look: what it may do is another. */
  #forgetFile(path: string): void {
    const known = this.#known.get(path);
    if (known?.inode) this.#gate.forget(known.inode);
    this.#read.delete(path);
  }

  #data(): Data {
    return (this.#deps.ruleset.organisation?.bpf ?? {}) as Data;
  }

  /** Every second, and when the kernel says that a loader has changed: what is new or changed is read anew. */
  look(): Promise<void> {
    this.#looking ??= this.#lookAtAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    const wanted = this.#candidates();
    for (const [path, known] of this.#known) if (!wanted.has(path)) this.#withdraw(path, known, 'not listed');
    for (const path of wanted) await this.#examine(path);
  }

  #withdraw(path: string, known: Known, reason: string): void {
    if (known.inode) this.#gate.forget(known.inode);
    this.#known.delete(path);
    this.#read.delete(path);
    this.#deps.note('bpf_gate_loader', path, { digest: known.digest, state: 'withdrawn', reason });
  }

  async #examine(path: string): Promise<void> {
    const before = this.#known.get(path);
    let now: Known;
    try {
      now = await withExecutable(path, (found) => this.#examineFile(path, found, before));
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException;
      const state = code === 'ENOENT' ? 'absent' : 'refused';
      now = { path, digest: '', state, reason: message, number: before?.number ?? 0 };
      if (before?.inode) this.#gate.forget(before.inode);
    }
    if (now === before) return;
    this.#known.set(path, now);
    const same = before?.state === now.state && before.digest === now.digest && before.reason === now.reason;
    if (same || (now.state === 'absent' && before === undefined)) return;
    const { digest, state, reason } = now;
    this.#deps.note('bpf_gate_loader', path, { digest, state, ...(reason !== undefined && { reason }) });
  }

  async #examineFile(path: string, found: Executable, before: Known | undefined): Promise<Known> {
    const { fd, ctimeNs } = found;
    if (!showsChanges(fd))
      throw new Error('it lies on a file system where this kernel does not see each change of it');
    const inode = this.#gate.identify(fd);
    const unchanged = before?.ctimeNs === ctimeNs && before.inode && sameInode(before.inode, inode);
    if (before && unchanged && this.#gate.isKnown(inode)) return before;
    if (before?.inode) this.#gate.forget(before.inode);
    const read = this.#read.get(path);
    if (read?.ctimeNs === ctimeNs && sameInode(read.inode, inode)) this.#demandSafe(path, read.digest, found);
    return await this.#admit(path, found, inode);
  }

  async #admit(path: string, found: Executable, inode: InodeFact): Promise<Known> {
    const { fd, ctimeNs } = found;
    try {
      if (!this.#gate.beginReading(fd)) throw new Error('somebody has it open for writing');
      const digest = `sha256:${await sha256Of(fd)}`;
      const last = this.#read.get(path);
      const number = last?.digest === digest ? last.number : this.#next++;
      this.#read.set(path, { inode, ctimeNs, digest, number });
      this.#demandSafe(path, digest, found);
      const name = { path, digest };
      this.#judge(number, name);
      const successor = this.#successors.get(path) === digest;
      if (!this.#gate.admit(fd, { ctimeNs, number, uids: this.#uidsOf(name), successor }))
        throw new Error('somebody has opened it for writing, or changed it, while it was read');
      return { ...name, number, state: 'known', inode, ctimeNs };
    } catch (thrown) {
      this.#gate.forget(inode);
      throw thrown;
    }
  }

  /** Without a digest the file itself has to be one that only root can have made. */
  #demandSafe(path: string, digest: string, { uid, mode }: Executable): void {
    const { loaders = [] } = this.#data();
    const rootsOwn = uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0;
    const admitted = this.#successors.get(path);
    if (admitted === digest && rootsOwn) return;
    if (admitted !== undefined) {
      this.#successors.delete(path); // what else is listed of it counts from the next look on
      throw new Error(
        rootsOwn
          ? `it has the digest ${digest}, which is not the admitted one`
          : 'others than root may write to it',
      );
    }
    const listed = loaders.filter((one) => one.path === path && one.sha256);
    const accepted = this.#deps.accepted().some((one) => one.path === path && one.digest === digest);
    if (accepted || listed.some(({ sha256 }) => sha256?.includes(digest))) return;
    if (listed.length > 0) throw new Error(`it has the digest ${digest}, which is not the listed one`);
    if (!rootsOwn) throw new Error('others than root may write to it, and no digest is listed');
  }

  #uidsOf({ path, digest }: LoaderName): readonly number[] {
    const { loaders = [] } = this.#data();
    const entry = loaders.find(
      (one) => one.path === path && (one.sha256 === undefined || one.sha256.includes(digest)),
    );
    return entry?.uids ?? ROOT_ONLY;
  }
}
