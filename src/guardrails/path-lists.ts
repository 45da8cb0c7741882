// SPDX-License-Identifier: Apache-2.0
/**
 * The organisation's lists of paths as the rules look them up. A rule that compared every value of a filter with every
 * path of a list would take most of a judgement; and how the paths are spelt on a host with a merged /usr is the same
 * for every submission.
 */
import { type CompiledList, compiledList } from './hook-lists.ts';

/** Letters by which a beginning or an ending is looked up; rego/lib/paths.rego knows the same number. */
const KEY_LETTERS = 6;

/** Directories that a merged /usr shows twice. */
const MERGED = ['/bin/', '/sbin/', '/lib/', '/lib64/'];

/** Ours where the state lies in a checkout, wherever that is. */
const SOCKETS = ['/.tracegate/gate.sock', '/.tracegate/agent.sock'];

/** What the kernel keeps of a task's name. */
const NAME_LETTERS = 15;

export interface PathList {
  paths: string[];
  names: Record<string, true>;
  /** by their first letters, as many as there are up to the number above */
  heads: Record<string, string[]>;
  /** the same by their last letters */
  tails: Record<string, string[]>;
  /** `paths`, one by one, for what is compared without regard to case */
  lowered: string[];
}

export interface PathLists {
  essential: PathList;
  written: PathList;
  working: PathList;
  programs: PathList;
  monitors: PathList;
  ownPaths: PathList;
  ownPrograms: PathList;
  own: OwnPlaces;
  /** beginnings of the paths of libraries that every program has */
  libraries: CompiledList;
  /** the short names that protected programs run under */
  taskNames: Record<string, true>;
}

/** Our directories and programs in one list, and by their endings the sockets of a checkout as well. */
export interface OwnPlaces extends PathList {
  sockets: string[];
  /** each of our paths, with a slash at its end */
  directories: string[];
  /** those of them of fewer letters than a key, below which a path does not begin like any key */
  short: string[];
}

export type Protected = Partial<
  Record<'binaries' | 'monitors' | 'files' | 'written' | 'working' | 'libraries', string[]>
> & { own?: { binaries?: string[]; paths?: string[] } };

export function pathLists(lists: Protected): PathLists {
  const { binaries = [], monitors = [], files = [], written = [], working = [], libraries = [] } = lists;
  const { binaries: ownBinaries = [], paths: ownPaths = [] } = lists.own ?? {};
  return {
    essential: pathList(spellings(files)),
    written: pathList([...spellings(written), ...working]),
    working: pathList(working),
    programs: pathList(spellings(binaries)),
    monitors: pathList(spellings(monitors)),
    ownPaths: pathList(spellings(ownPaths)),
    ownPrograms: pathList(spellings(ownBinaries)),
    own: ownPlaces(spellings(ownPaths), spellings(ownBinaries)),
    libraries: compiledList(spellings(libraries).map((beginning) => `${beginning}*`)),
    taskNames: Object.fromEntries(binaries.map((path) => [taskName(path), true as const])),
  };
}

function ownPlaces(paths: readonly string[], programs: readonly string[]): OwnPlaces {
  const directories = paths.map((path) => `${path}/`);
  const short = directories.filter((directory) => letters(directory).length <= KEY_LETTERS);
  const all = [...paths, ...programs];
  const tails = tailsOf([...all, ...SOCKETS]);
  return { ...pathList(all), tails, directories, short, sockets: [...SOCKETS] };
}

const letters = (text: string): string[] => [...text];

const taskName = (path: string): string =>
  letters(path.slice(path.lastIndexOf('/') + 1))
    .slice(0, NAME_LETTERS)
    .join('');

/**
 * Each path below /usr, and where a host shows a path by another spelling too: what a merged /usr holds by the short one,
 * what runs below /var as well.
 */
function spellings(paths: readonly string[]): string[] {
  const whole = paths.map((path) => (MERGED.some((top) => path.startsWith(top)) ? `/usr${path}` : path));
  const short = whole.filter((path) => MERGED.some((top) => path.startsWith(`/usr${top}`)));
  const running = whole.filter((path) => path.startsWith('/run/'));
  return [
    ...whole,
    ...short.map((path) => path.slice('/usr'.length)),
    ...running.map((path) => `/var${path}`),
  ];
}

function pathList(paths: readonly string[]): PathList {
  return {
    paths: [...paths],
    names: Object.fromEntries(paths.map((path) => [path, true as const])),
    heads: groupedBy(paths, (path, count) => path.slice(0, count).join('')),
    tails: tailsOf(paths),
    lowered: paths.map((path) => path.toLowerCase()),
  };
}

const tailsOf = (paths: readonly string[]): Record<string, string[]> =>
  groupedBy(paths, (path, count) => path.slice(path.length - count).join(''));

/** By every number of letters up to that of a key, for a filter's value may be shorter than a key. */
function groupedBy(
  paths: readonly string[],
  part: (path: string[], count: number) => string,
): Record<string, string[]> {
  const groups: Record<string, string[]> = {};
  for (const path of paths) {
    const spelt = letters(path);
    const most = Math.min(KEY_LETTERS, spelt.length);
    for (let count = 0; count <= most; count++) {
      const key = part(spelt, count);
      const group = groups[key] ?? [];
      group.push(path);
      groups[key] = group;
    }
  }
  return groups;
}
