// SPDX-License-Identifier: Apache-2.0
/** One look at everything that is there. */

import { STRUCTS } from '../../plan/layout.generated.ts';
import {
  type Listing,
  type Listings,
  OBJECT,
  type SeenRow,
  type Walk,
} from '../../runtime/bpf-audit/listing.ts';
import { type Pin, pinsOnHost } from '../../runtime/bpf-audit/pins.ts';
import type { Native } from '../../runtime/native.ts';
import { linkAt, programAt } from './audit-records.ts';
import { keyOf, type Snapshot } from './shown.ts';
import { walkedListing } from './walked.ts';

export interface LookOptions {
  native: Native;
  listings: Listings;
  /** what is pinned under it is Tracegate's */
  bpffsDir: string;
  binaryOf(pid: number): string;
  /** of an earlier look: where the same objects are there, what is pinned is not looked for again */
  before?: LookedAt | undefined;
}

export interface LookedAt {
  /** of all objects, in one text */
  ids: string;
  pins: Pin[];
}

export interface Look extends Snapshot, LookedAt {
  /** ids that one way of asking shows and the other does not, twice in a row */
  hidden: string[];
}

const WORDS = ['', 'program', 'map', 'link', 'btf'];
const SEEN = STRUCTS.tg_bpf_seen.fields;

function differences(listing: Listing, walk: Walk): Set<string> {
  const found = new Set<string>();
  for (const kind of ['programs', 'maps', 'links'] as const) {
    const walked = new Set(walk[kind].map((row) => row.id));
    if (walked.size === 0) continue; // this kernel has no such iterator
    const word = kind.slice(0, -1);
    for (const id of listing[kind].keys()) if (!walked.has(id)) found.add(`${word} ${id} is in no table`);
    for (const id of walked)
      if (!listing[kind].has(id)) found.add(`${word} ${id} has no id that bpf(2) tells`);
  }
  return found;
}

/** What comes and goes while one looks differs too: only what differs in two looks is told. */
function hidden({ listings }: LookOptions, listing: Listing | undefined, walk: Walk | undefined): string[] {
  const first = walk && listing ? differences(listing, walk) : new Set<string>();
  if (first.size === 0) return [];
  const [again, listed] = [listings.walk(), listings.byIds()];
  const second = again && listed ? differences(listed, again) : new Set<string>();
  return [...first].filter((one) => second.has(one));
}

function heldBy(rows: readonly SeenRow[], binaryOf: LookOptions['binaryOf']): Snapshot['heldBy'] {
  const held: Snapshot['heldBy'] = new Map();
  for (const { object, id, tgid } of rows) {
    const key = keyOf(WORDS[object] ?? '', id);
    const known = held.get(key) ?? [];
    if (!known.some(({ pid }) => pid === tgid)) known.push({ pid: tgid, binary: binaryOf(tgid) });
    held.set(key, known);
  }
  return held;
}

/** Held by this process or pinned in its folder; and what these lead to. */
function oursAmong(
  listing: Listing,
  pins: Pin[],
  { bpffsDir }: LookOptions,
  holders: SeenRow[],
): Set<string> {
  const ours = new Set<string>();
  for (const { path, kind, id } of pins)
    if (path.startsWith(`${bpffsDir}/`)) ours.add(keyOf(WORDS[kind] ?? '', id));
  for (const { object, id, tgid } of holders)
    if (tgid === process.pid) ours.add(keyOf(WORDS[object] ?? '', id));
  for (const { id, programId } of listing.links.values())
    if (ours.has(keyOf('link', id))) ours.add(keyOf('program', programId));
  for (const { id, mapIds } of listing.programs.values())
    if (ours.has(keyOf('program', id))) for (const map of mapIds) ours.add(keyOf('map', map));
  return ours;
}

const idsOf = ({ programs, maps, links }: Listing): string =>
  [programs, maps, links].map((objects) => [...objects.keys()].join()).join(';');

export function lookAround(options: LookOptions): Look {
  const { native, listings, binaryOf } = options;
  const byIds = listings.byIds();
  const walk = listings.walk();
  const listing = byIds ?? walkedListing(walk);
  const ids = idsOf(listing);
  const pins = options.before?.ids === ids ? options.before.pins : pinsOnHost(native);
  const holders = walk?.holders ?? [];
  return {
    listing,
    ids,
    pins,
    programs: new Map(walk?.programs.map(({ id, bytes }) => [id, programAt(bytes, SEEN.prog.offset)])),
    links: new Map(walk?.links.map(({ id, bytes }) => [id, linkAt(bytes, SEEN.link.offset)])),
    heldBy: heldBy(holders, binaryOf),
    ours: oursAmong(listing, pins, options, holders),
    hidden: hidden(options, byIds, walk),
  };
}

export const OBJECT_OF = { program: OBJECT.program, map: OBJECT.map, link: OBJECT.link } as const;
