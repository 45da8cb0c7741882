// SPDX-License-Identifier: Apache-2.0
/** Programs and libraries that policies hook: which byte of which file each place they name is. */
import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import type { PlaceFact, PlaceQuery } from '../model/facts.ts';
import { type Marker, type PlaceWanted, placeName } from '../model/program-place.ts';
import { Elf, type ElfBytes, ElfProblem, type Found } from './elf.ts';
import { O_PATH } from './files.ts';
import { markerPoints } from './markers.ts';
import { isReadAtOnce } from './mounts.ts';

/** A file open for reading, and what tells that it is still the same one. */
export interface OpenFile extends ElfBytes {
  identity: string;
  close(): void;
}

export function identityOf(fd: number): string {
  const { dev, ino, size, mtimeNs } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}

/** For reading by pieces; nothing but a regular file. */
export function openFile(path: string): OpenFile {
  // looked at before it is opened: to open a device or a pipe may do something, or wait for ever
  if (!statSync(path).isFile()) throw new ElfProblem('it is no regular file');
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const stat = fstatSync(fd);
  return {
    sizeBytes: stat.size,
    identity: identityOf(fd),
    read: (offset, length) => {
      const bytes = Buffer.alloc(length);
      for (let done = 0; done < length; ) {
        const got = readSync(fd, bytes, done, length - done, offset + done);
        if (got === 0) throw new ElfProblem('it became shorter while it was read');
        done += got;
      }
      return bytes;
    },
    close: () => closeSync(fd),
  };
}

/**
 * A file of a process, by one of the kernel's links in /proc. Not opened when reading it may wait for somebody: whoever mapped
 * it may serve its file system. That is asked of the very file that is opened then.
 */
export function openProcessFile(link: string, pid: number): OpenFile {
  const place = openSync(link, O_PATH);
  try {
    if (!isReadAtOnce(place, pid))
      throw new ElfProblem('its file system is served by a process or a network');
    return openFile(`/proc/self/fd/${place}`);
  } finally {
    closeSync(place);
  }
}

function oneOf(found: readonly Found[], symbol: string): Found {
  const open = found.filter((f) => !f.local);
  const [first, ...more] = open.length > 0 ? open : found;
  if (!first)
    throw new ElfProblem(
      `it has no function ${symbol} (is it stripped, or is the function in one of its libraries?)`,
    );
  if (more.length > 0)
    throw new ElfProblem(
      `it has ${more.length + 1} functions named ${symbol}: name the one that is meant by its offset`,
    );
  if (first.kind === 'chosen-at-load')
    throw new ElfProblem(
      `${symbol} is only the choice among several functions, made when the program starts: name the one that is used`,
    );
  return first;
}

/** Pure: the place in the file, or an ElfProblem that says why there is none. */
export function placeIn(
  elf: Elf,
  at: Exclude<PlaceWanted, Marker>,
  functions: ReadonlyMap<string, Found[]>,
): number {
  if ('offset' in at) {
    if (elf.isCode(at.offset)) return at.offset;
    throw new ElfProblem(`the byte at offset 0x${at.offset.toString(16)} is none that is executed`);
  }
  const address =
    'address' in at ? at.address : oneOf(functions.get(at.symbol) ?? [], at.symbol).address + at.plus;
  const offset = elf.offsetOf(address);
  if (offset === undefined) throw new ElfProblem(`the address 0x${address.toString(16)} is none of its code`);
  return offset;
}

const NOT_OPENED: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  ENOTDIR: 'it is not there',
  EACCES: 'it may not be read',
  ELOOP: 'its path is a circle of links',
};

function problemOf(thrown: unknown): string {
  if (thrown instanceof ElfProblem) return thrown.message;
  const { code = '', message } = thrown as NodeJS.ErrnoException;
  return NOT_OPENED[code] ?? message;
}

function factsOfFile(path: string, wanted: readonly PlaceWanted[]): PlaceFact[] {
  let file: OpenFile | undefined;
  try {
    file = openFile(path);
    const { identity } = file;
    const elf = new Elf(file);
    const functions = elf.functions(wanted.flatMap((at) => ('symbol' in at ? [at.symbol] : [])));
    return wanted.map((at) => {
      try {
        if ('marker' in at) return { points: markerPoints(elf, at.provider, at.marker), identity };
        return { offset: placeIn(elf, at, functions), identity };
      } catch (thrown) {
        return { problem: problemOf(thrown) };
      }
    });
  } catch (thrown) {
    const problem = problemOf(thrown);
    return wanted.map(() => ({ problem }));
  } finally {
    file?.close();
  }
}

/** Each place asked about, by `placeName`. Every file is opened once. */
export function placeFacts(queries: readonly PlaceQuery[]): Record<string, PlaceFact> {
  const paths = [...new Set(queries.map(({ path }) => path))];
  return Object.fromEntries(
    paths.flatMap((path) => {
      const wanted = queries.filter((query) => query.path === path).map(({ at }) => at);
      return factsOfFile(path, wanted).map((fact, i) => [placeName(path, wanted[i] as PlaceWanted), fact]);
    }),
  );
}
