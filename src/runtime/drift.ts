// SPDX-License-Identifier: Apache-2.0
/** What is in the kernel against what this agent put there. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Crowds } from './crowds.ts';
import type { LoadedPolicy } from './loaded-policy.ts';
import type { Native } from './native.ts';
import type { SharedMaps } from './shared-maps.ts';

export interface Drift {
  /**
   * `link-gone`: a policy's pin is not there, or holds another link; the policy has to be loaded anew. Without a policy: that of
   * a joint program, which was attached again. The others are put
   * right as they are found: a pin nobody knows is removed, a map is pinned again (also where another was put in its place), a policy's control is written again.
   */
  kind: 'link-gone' | 'unknown-link' | 'map-unpinned' | 'control-changed';
  /** the policy it is about */
  key?: string;
  /** the pin or map, or what was found in its stead */
  what: string;
}

/** But for the gate's, which looks after its own. */
const LINK_PIN = /^link-(?!gate-)/;

export class LinkPins {
  readonly #native: Native;
  readonly #dir: string;
  /** the kernel's id of the link behind each pin of ours */
  readonly #ids = new Map<string, number>();

  constructor(native: Native, dir: string) {
    this.#native = native;
    this.#dir = dir;
  }

  /** Takes what a pin holds now for what it shall hold. */
  learn(pins: Iterable<string>): void {
    for (const pin of pins) {
      const id = this.#idOf(pin);
      if (id !== undefined) this.#ids.set(pin, id);
    }
  }

  #idOf(pin: string): number | undefined {
    const path = join(this.#dir, pin);
    if (!existsSync(path)) return undefined;
    const fd = this.#native.getPinned(path);
    try {
      return this.#native.linkInfo(fd).id;
    } finally {
      this.#native.closeFd(fd);
    }
  }

  drop(pins: Iterable<string>): void {
    for (const pin of pins) {
      this.#ids.delete(pin);
      const path = join(this.#dir, pin);
      if (existsSync(path)) rmSync(path);
    }
  }

  /** The pins of a policy that are not what they were. */
  gone({ pins }: LoadedPolicy): string[] {
    return pins.filter((pin) => this.isGone(pin));
  }

  /** The pin is not there, or holds another link than it did. */
  isGone(pin: string): boolean {
    const id = this.#idOf(pin);
    return id === undefined || id !== this.#ids.get(pin);
  }

  /** Removes pins that no policy has: of a generation that never came into force, or somebody's. */
  dropStray(policies: Iterable<LoadedPolicy>, joint: readonly string[]): string[] {
    const known = new Set([...joint, ...[...policies].flatMap((p) => p.pins)]);
    const stray = readdirSync(this.#dir).filter((name) => LINK_PIN.test(name) && !known.has(name));
    this.drop(stray);
    return stray;
  }
}

/** `restoreControl`: writes what user space rules of a policy again; what stood there, where that was something else. */
export function findDrift(
  policies: readonly LoadedPolicy[],
  { links, maps, crowds }: { links: LinkPins; maps: SharedMaps; crowds: Crowds },
  restoreControl: (policy: LoadedPolicy) => string | undefined,
): Drift[] {
  const found: Drift[] = [];
  for (const name of maps.pinned.repin()) found.push({ kind: 'map-unpinned', what: name });
  for (const { kind, what, keys } of crowds.repair((pin) => links.isGone(pin)))
    if (keys.length === 0) found.push({ kind, what });
    else found.push(...keys.map((key) => ({ kind, key, what })));
  crowds.dropStray(policies);
  for (const what of links.dropStray(policies, crowds.pins())) found.push({ kind: 'unknown-link', what });
  for (const policy of policies) {
    const { key } = policy;
    const changed = restoreControl(policy);
    if (changed !== undefined) found.push({ kind: 'control-changed', key, what: changed });
    const gone = links.gone(policy);
    if (gone.length > 0) found.push({ kind: 'link-gone', key, what: gone.join(', ') });
  }
  return found;
}
