// SPDX-License-Identifier: Apache-2.0
/** Objects as they are shown: what the kernel says of them now, beside what is known of their past. */
import type { BpfGone, BpfLink, BpfMap, BpfPin, BpfProgram } from '../../model/bpf.ts';
import { attachTypeName } from '../../model/bpf-names.ts';
import type { Listing } from '../../runtime/bpf-audit/listing.ts';
import type { Pin } from '../../runtime/bpf-audit/pins.ts';
import type { BootClock } from '../boot-clock.ts';
import type { SeenLink, SeenProgram } from './audit-records.ts';
import type { Inventory, Known } from './inventory.ts';

export interface Snapshot {
  listing: Listing;
  pins: Pin[];
  /** from the iterators: what bpf(2) does not tell of a program or a link */
  programs: Map<number, SeenProgram>;
  links: Map<number, SeenLink>;
  heldBy: Map<string, { pid: number; binary: string }[]>;
  ours: ReadonlySet<string>;
}

export const keyOf = (kind: string, id: number): string => `${kind} ${id}`;

function past(known: Known | undefined): Pick<BpfProgram, 'since' | 'by' | 'gone'> {
  return {
    since: known?.since ?? 'before',
    ...(known?.by && { by: known.by }),
    ...(known?.gone && { gone: known.gone }),
  };
}

export class Shown {
  readonly #inventory: Inventory;
  readonly #clock: BootClock;
  readonly #targetOf: (link: SeenLink) => string | undefined;

  constructor(inventory: Inventory, clock: BootClock, targetOf: (link: SeenLink) => string | undefined) {
    this.#inventory = inventory;
    this.#clock = clock;
    this.#targetOf = targetOf;
  }

  #common(kind: 'program' | 'map' | 'link', number: 1 | 2 | 3, id: number, { pins, heldBy, ours }: Snapshot) {
    const known = this.#inventory.of(kind, id);
    const held = heldBy.get(keyOf(kind, id));
    return {
      ours: known?.ours === true || ours.has(keyOf(kind, id)),
      pinned: pins.filter((pin) => pin.kind === number && pin.id === id).map(({ path }) => path),
      ...past(known),
      ...(held && { heldBy: held }),
    };
  }

  programs(snapshot: Snapshot): BpfProgram[] {
    const links = this.links(snapshot);
    return [...snapshot.listing.programs.values()].map((facts) => {
      const seen = snapshot.programs.get(facts.id);
      const { loadBootNs, runTimeNs, runCount, attachBtfId, btfId, ...shown } = facts;
      const byLink = links
        .filter((link) => link.programId === facts.id)
        .map(({ id, type, attachType, target }) => ({
          how: `${type} link`,
          link: id,
          ...(attachType !== undefined && { attachType }),
          ...(target !== undefined && { target }),
        }));
      return {
        ...shown,
        ...(seen && seen.attachType !== 0 && { attachType: attachTypeName(seen.attachType) }),
        ...(seen?.attachFunction && { attachTo: seen.attachFunction }),
        ...(seen?.targetId && { target: seen.targetId }),
        ...(attachBtfId && { attachBtfId }),
        ...(btfId && { btfId }),
        loaded: this.#clock.rfc3339(loadBootNs),
        ...(runCount > 0 && { runTimeNs, runCount }),
        attached: [...byLink, ...(this.#inventory.of('program', facts.id)?.attached ?? [])],
        ...this.#common('program', 1, facts.id, snapshot),
      };
    });
  }

  maps(snapshot: Snapshot): BpfMap[] {
    return [...snapshot.listing.maps.values()].map(({ btfId, ...facts }) => ({
      ...facts,
      ...(btfId && { btfId }),
      ...(this.#inventory.of('map', facts.id)?.frozen && { frozen: true as const }),
      ...this.#common('map', 2, facts.id, snapshot),
    }));
  }

  links(snapshot: Snapshot): BpfLink[] {
    return [...snapshot.listing.links.values()].map((facts) => {
      const seen = snapshot.links.get(facts.id);
      const target = (seen && this.#targetOf(seen)) ?? facts.target;
      return {
        ...facts,
        ...(target !== undefined && { target }),
        ...this.#common('link', 3, facts.id, snapshot),
      };
    });
  }

  gone(): BpfGone[] {
    return this.#inventory.gone().map(({ kind, entry }) => ({
      kind,
      id: entry.id,
      ours: entry.ours,
      since: entry.since,
      ...(entry.by && { by: entry.by }),
      ...(entry.shown && { was: entry.shown }),
      gone: entry.gone as BpfGone['gone'],
    }));
  }

  pins({ pins, ours }: Snapshot): BpfPin[] {
    return pins.map(({ path, kind, id }) => {
      const word = (['program', 'map', 'link'] as const)[kind - 1] ?? 'program';
      return { path, kind: word, id, ours: ours.has(keyOf(word, id)) };
    });
  }
}
