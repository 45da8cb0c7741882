// SPDX-License-Identifier: Apache-2.0
/** The shared maps' pins under `<bpffsDir>/maps`: opened, made, put back where somebody took or replaced them. */
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import {
  LAYOUT_FOLDER,
  type MapWhenUsed,
  OF_LAYOUT,
  RULING,
  type SharedMapName,
  sameShape,
  WHEN_USED,
  WITH_TASKS,
} from './map-shapes.ts';
import type { MapShape, Native } from './native.ts';

export class PinnedMaps {
  readonly fds: Record<SharedMapName, number>;
  /** no agent has put back here yet what was suspended when the kernel knew of it */
  readonly fresh: boolean;
  readonly #native: Native;
  readonly #dir: string;
  /** of a single element, and pinned nowhere */
  readonly #standIns: Set<string>;

  private constructor(native: Native, dir: string, fds: Record<SharedMapName, number>, fresh: boolean) {
    this.#native = native;
    this.#dir = dir;
    this.fds = fds;
    this.fresh = fresh;
    this.#standIns = new Set(WHEN_USED.filter((name) => !existsSync(placeOf(dir, name))));
  }

  /** Throws Fault `kernel` for a pinned map that this version cannot use. */
  static open(native: Native, bpffsDir: string, objectsDir: string): PinnedMaps {
    const dir = join(bpffsDir, 'maps');
    mkdirSync(join(dir, LAYOUT_FOLDER), { recursive: true, mode: 0o700 });
    const fresh = !existsSync(knownMark(bpffsDir));
    const shapes: [string, MapShape][] = [...Object.entries(RULING), ...Object.entries(OF_LAYOUT)];
    const standIn = (name: string) => WHEN_USED.some((n) => n === name) && !existsSync(placeOf(dir, name));
    const openOf = (name: string, shape: MapShape) =>
      standIn(name)
        ? native.mapCreate({ name, flags: 0, ...shape, maxEntries: 1 })
        : openOne(native, dir, name, shape);
    const fds = Object.fromEntries(shapes.map(([name, shape]) => [name, openOf(name, shape)]));
    for (const name of WITH_TASKS) fds[name] = openWithTasks(native, placeOf(dir, name), name, objectsDir);
    return new PinnedMaps(native, dir, fds as Record<SharedMapName, number>, fresh);
  }

  /** The map itself, made and pinned where none has used it yet. */
  made(name: MapWhenUsed): number {
    if (this.#standIns.has(name)) {
      const fd = openOne(this.#native, this.#dir, name, OF_LAYOUT[name]);
      this.#native.closeFd(this.fds[name]); // the objects that were opened with the other hold it
      this.fds[name] = fd;
      this.#standIns.delete(name);
    }
    return this.fds[name];
  }

  /** Pins again what somebody unpinned or replaced, so that the next agent finds it; its names. */
  repin(): string[] {
    const gone = Object.entries(this.fds).filter(
      ([name, fd]) => !this.#standIns.has(name) && !this.#isOurs(placeOf(this.#dir, name), fd),
    );
    for (const [name, fd] of gone) {
      const place = placeOf(this.#dir, name);
      rmSync(place, { force: true });
      mkdirSync(join(this.#dir, LAYOUT_FOLDER), { recursive: true, mode: 0o700 });
      this.#native.pin(fd, place);
    }
    return gone.map(([name]) => name);
  }

  #isOurs(place: string, fd: number): boolean {
    if (!existsSync(place)) return false;
    const found = this.#native.getPinned(place);
    try {
      return this.#native.mapInfo(found).id === this.#native.mapInfo(fd).id;
    } catch {
      return false; // not a map at all
    } finally {
      this.#native.closeFd(found);
    }
  }

  /** Removes the pins of other layouts: nothing in force uses them any more. */
  dropOthers(): void {
    for (const name of readdirSync(this.#dir))
      if (name !== LAYOUT_FOLDER && !(name in RULING))
        rmSync(join(this.#dir, name), { recursive: true, force: true });
  }
}

/** A folder made when suspensions are as an agent wrote them down; a reboot takes it with the pins. */
export const knownMark = (bpffsDir: string): string => join(bpffsDir, 'known');

function placeOf(dir: string, name: string): string {
  return name in RULING ? join(dir, name) : join(dir, LAYOUT_FOLDER, name);
}

function openOne(native: Native, dir: string, name: string, shape: MapShape): number {
  const path = placeOf(dir, name);
  if (!existsSync(path)) {
    const fd = native.mapCreate({ name, flags: 0, ...shape });
    native.pin(fd, path);
    return fd;
  }
  const fd = native.getPinned(path);
  if (!sameShape(native.mapInfo(fd), shape))
    throw new Fault(
      'kernel',
      `${path} was made by a version that this one cannot take over from: run tracegate-off --unload, remove ${dir}, and start again`,
    );
  return fd;
}

function openWithTasks(native: Native, path: string, name: string, objectsDir: string): number {
  if (existsSync(path)) return native.getPinned(path);
  const { maps } = native.openObject(join(objectsDir, 'left.bpf.o'), { mapFds: {} });
  const fd = maps[name] as number;
  native.pin(fd, path);
  return fd;
}
