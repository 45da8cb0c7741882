// SPDX-License-Identifier: Apache-2.0
/** The watch over eBPF on this host: records as they come, looks at what is there, and what is found between the two. */
import { hostname } from 'node:os';
import type { BpfActivity, BpfInventory, BpfKind } from '../../model/bpf.ts';
import {
  type AuditCounts,
  AuditPrograms,
  type AuditProgramsOptions,
} from '../../runtime/bpf-audit/audit-programs.ts';
import { Listings } from '../../runtime/bpf-audit/listing.ts';
import type { Native } from '../../runtime/native.ts';
import { toldBy } from './activity.ts';
import { linkTarget } from './attachments.ts';
import { type AuditRecordSeen, decodeAuditBatch, KINDS, type RawCulprit } from './audit-records.ts';
import { Culprits, type CulpritsOptions } from './culprits.ts';
import { IdGaps } from './id-gaps.ts';
import { Inventory } from './inventory.ts';
import { type Look, type LookedAt, lookAround, OBJECT_OF } from './look.ts';
import { isProbe, Probes } from './probes.ts';
import { keyOf, Shown } from './shown.ts';
import type { Told } from './told.ts';
import { ToldPaths } from './told-paths.ts';
import { track } from './track.ts';

export interface BpfWatchOptions
  extends CulpritsOptions,
    Pick<AuditProgramsOptions, 'open' | 'features' | 'degraded'> {
  native: Native;
  bpffsDir: string;
  /** `raw` while it is a record: the executable may be looked at by it */
  onActivity(activity: BpfActivity, raw?: RawCulprit): void;
  /** what is known of processes is to be brought up to now */
  drainProcesses(): void;
}

const LOOK_EVERY_MS = { full: 30_000, degraded: 3000 };
/** A record has an end. */
const BASELINE_MOST = 2000;
const PROBES_EVERY_MS = 60_000;
/** The agent's own work: its programs and links are told, what it does to maps and pins on the way is not. */
const UNTOLD_OF_AGENT = /^bpf\.(map\.|opened|grabbed)/;
const NO_COUNTS: AuditCounts = { lost: 0, unpaired: 0, scratchMissed: 0, missedRuns: 0 };

export class BpfWatch {
  readonly #options: BpfWatchOptions;
  readonly #programs: AuditPrograms;
  readonly #listings: Listings;
  readonly #culprits: Culprits;
  readonly #inventory = new Inventory();
  readonly #gaps = new IdGaps();
  readonly #probes = new Probes();
  readonly #paths = new ToldPaths();
  readonly #shown: Shown;
  readonly #watched = new Set<string>();
  #counts = NO_COUNTS;
  #malformed = 0;
  #lookedMs = 0;
  #before: LookedAt | undefined;
  #probesMs = performance.now();
  /** whose link on a perf event has just ended: the event that goes with it is not told again */
  #perfEnded: { tid: number; program: number } | undefined;

  constructor(options: BpfWatchOptions) {
    this.#options = options;
    const { native, open, features, degraded = false } = options;
    this.#culprits = new Culprits(options);
    const cgroup = (id: bigint) => this.#culprits.cgroups.of(id);
    this.#shown = new Shown(this.#inventory, options.clock, (link) => linkTarget(link, { cgroup }));
    // the records first, then the listing: nothing falls between
    this.#programs = new AuditPrograms({
      ...{ native, open, features, degraded },
      onBatch: (batch) => this.#onBatch(batch),
    });
    this.#listings = new Listings(native, open, degraded);
    this.#begin();
  }

  get sight(): BpfInventory['sight'] {
    const { view, blind } = this.#programs;
    return { view, blind: [...blind, ...this.#listings.blind], lost: this.#programs.counts().lost };
  }

  #begin(): void {
    const look = this.#look();
    this.#gaps.begin(Math.max(0, ...look.listing.programs.keys()));
    const counts = Object.fromEntries(
      (['programs', 'maps', 'links'] as const).map((kind) => [kind, look.listing[kind].size]),
    );
    const programs = this.#shown.programs(look).map(({ id, type, name, tag, ours, loaded, uid, pinned }) => ({
      id,
      type,
      name,
      tag,
      ours,
      loaded,
      uid,
      pinned,
    }));
    const listed = programs.slice(0, BASELINE_MOST);
    const beyond = programs.length - listed.length;
    const body = {
      ...counts,
      sight: this.sight,
      programs: listed,
      ...(beyond > 0 && { programsBeyond: beyond }),
    };
    this.#tell({ type: 'bpf.baseline', body });
  }

  #now(): string {
    return this.#options.clock.rfc3339(this.#options.native.clocks().bootNs);
  }

  #tell(told: Told): void {
    this.#options.onActivity({ ...told, time: this.#now() });
  }

  #onBatch(batch: Buffer): void {
    this.#options.drainProcesses();
    const { records, malformed } = decodeAuditBatch(batch);
    this.#malformed += malformed;
    for (const record of records) {
      this.#paths.complete(record);
      this.#onRecord(record);
    }
  }

  #onRecord(record: AuditRecordSeen): void {
    if (this.#isKnown(record)) return;
    const degraded = this.#programs.view === 'degraded';
    const cgroup = (id: bigint) => this.#culprits.cgroups.of(id);
    const by = this.#culprits.of(record.by);
    const time = this.#options.clock.rfc3339(record.bootNs);
    const told = this.#again(record) ? undefined : toldBy(record, { cgroup }, degraded);
    const ours = record.ours || record.byAgent || this.#isOurs(record);
    track(this.#inventory, { record, told, by, time });
    if (record.program.id > 0) this.#gaps.saw(record.program.id, performance.now());
    if (isProbe(record)) this.#probes.count(record, by, time);
    else if (told && !(record.byAgent && UNTOLD_OF_AGENT.test(told.type)))
      this.#options.onActivity({ ...told, time, ...(ours && { ours }), by }, record.by);
  }

  /** Where tasks are stopped in programs a second one tells of a load, when it cannot be sure that the first did. */
  #isKnown({ kind, program }: AuditRecordSeen): boolean {
    return kind === KINDS.TG_B_LOAD && this.#inventory.of('program', program.id)?.since === 'seen';
  }

  /** What goes when this agent has let go of it is its own. */
  #isOurs({ kind, program, link }: AuditRecordSeen): boolean {
    if (kind === KINDS.TG_B_UNLOAD) return this.#inventory.of('program', program.id)?.ours === true;
    return kind === KINDS.TG_B_LINK_FREE && this.#inventory.of('link', link.id)?.ours === true;
  }

  #again({ kind, by, link, program }: AuditRecordSeen): boolean {
    const ended = this.#perfEnded;
    this.#perfEnded =
      kind === KINDS.TG_B_LINK_FREE && link.perfKind > 0
        ? { tid: by.tid, program: link.programId }
        : undefined;
    return kind === KINDS.TG_B_PERF_DETACH && ended?.tid === by.tid && ended.program === program.id;
  }

  /** Looks at what is there, and tells what came and went unseen. `before`: pins of that look do. */
  #look(before?: LookedAt): Look {
    const { native, bpffsDir, processes } = this.#options;
    const binaryOf = (pid: number) => processes.at(pid)?.binary ?? '';
    this.#programs.drain();
    const mark = this.#inventory.mark();
    const look = lookAround({ native, listings: this.#listings, bpffsDir, binaryOf, before });
    this.#before = { ids: look.ids, pins: look.pins };
    this.#programs.drain();
    const listed = {
      program: look.listing.programs.keys(),
      map: look.listing.maps.keys(),
      link: look.listing.links.keys(),
    };
    const { missed, vanished } = this.#inventory.compare(listed, mark, this.#now());
    this.#lookedMs = performance.now();
    for (const { kind, id } of missed) if (!look.ours.has(keyOf(kind, id))) this.#tellMissed(look, kind, id);
    // a map's end is not told by a record: that it has gone is no news
    for (const { kind, id } of vanished)
      if (kind !== 'map') this.#tell({ type: 'bpf.vanished', object: `${kind} ${id}`, body: {} });
    for (const what of look.hidden) this.#tell({ type: 'bpf.hidden', body: { what } });
    this.#watchOver(look);
    return look;
  }

  #tellMissed({ listing }: Look, kind: BpfKind, id: number): void {
    const plural = `${kind}s` as const;
    const { loadBootNs, ...facts } = { loadBootNs: undefined, ...listing[plural].get(id) };
    this.#tell({ type: 'bpf.missed', object: `${kind} ${id}`, body: { [kind]: facts } });
  }

  #watchOver({ ours }: Look): void {
    for (const key of ours) {
      if (this.#watched.has(key)) continue;
      this.#watched.add(key);
      const [kind = '', id = ''] = key.split(' ');
      const object = OBJECT_OF[kind as keyof typeof OBJECT_OF];
      if (object !== undefined) this.#programs.watchOver(object, Number(id));
    }
  }

  /** To be called every second: what was lost, holes between ids, probes counted; and a look when one is due. */
  look(): void {
    this.#programs.mindStopped();
    this.#tellLosses();
    for (const { first, last } of this.#gaps.settled(performance.now()))
      this.#tell({ type: 'bpf.gap', body: { what: 'programs that were loaded unseen', first, last } });
    const now = performance.now();
    if (now - this.#probesMs >= PROBES_EVERY_MS) this.#tellProbes();
    if (now - this.#lookedMs >= LOOK_EVERY_MS[this.#programs.view]) this.#look(this.#before);
  }

  #tellLosses(): void {
    const counts = this.#programs.counts();
    const since = (key: keyof AuditCounts) => counts[key] - this.#counts[key];
    const body = {
      lost: since('lost') + this.#malformed,
      unpaired: since('unpaired'),
      scratchMissed: since('scratchMissed'),
      missedRuns: since('missedRuns'),
    };
    this.#counts = counts;
    this.#malformed = 0;
    if (Object.values(body).some((n) => n > 0))
      this.#tell({ type: 'bpf.gap', body: { what: 'records that the kernel could not hand over', ...body } });
  }

  #tellProbes(): void {
    this.#probesMs = performance.now();
    for (const { by, ...counted } of this.#probes.take())
      this.#options.onActivity({ type: 'bpf.probes', time: counted.last, by, body: { ...counted } });
  }

  /** What is there now. */
  inventory(): BpfInventory {
    const look = this.#look();
    return {
      host: hostname(),
      time: this.#now(),
      sight: this.sight,
      programs: this.#shown.programs(look),
      maps: this.#shown.maps(look),
      links: this.#shown.links(look),
      pins: this.#shown.pins(look),
      gone: this.#shown.gone(),
      btfIds: look.listing.btfIds,
    };
  }

  drain(): void {
    this.#programs.drain();
  }

  close(): void {
    this.#programs.drain();
    this.#tellLosses();
    this.#tellProbes();
    this.#listings.close();
    this.#programs.close();
  }
}
