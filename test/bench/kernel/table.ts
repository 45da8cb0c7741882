// SPDX-License-Identifier: Apache-2.0
/** The bench's table: what each side adds to a call, beside the aims, and what following processes and loading cost. */
import type { Count, Floor, Measured, Side, SymlinkCounts } from './measured.ts';

/** most that we may add, and most of Tetragon's that we may take */
const AIMS = {
  notMatching: { added: 400, ratio: 0.06 },
  matching: { added: 2000, ratio: 0.3 },
  read: { ratio: 0.1 },
  idle: { added: 0 },
  spawn: { ratio: 0.4 },
  load: { ratio: 0.01 },
  policyMemory: { ratio: 0.05 },
  baseMemory: { ratio: 0.3 },
};
interface Aim {
  added?: number;
  ratio?: number;
}

const COLUMNS = [30, 9, 9, 9, 7, 9, 9, 8, 7];
const HEADS = ['call', 'without', 'ours +', 'median', 'aim', 'peer +', 'median', 'ratio', 'aim'];
/** A call that makes a file or a process moves by so much between two loops, with nothing loaded: slabs and lists differ. */
const DRIFT_MAX = 0.03;
/** the others by this many instructions; an empty kprobe adds 300 */
const STEADY_DRIFT_MAX = 10;

const cells = (texts: (string | number)[], mark = '') =>
  `${texts.map((t, i) => (i === 0 ? String(t).padEnd(COLUMNS[i] ?? 0) : String(t).padStart(COLUMNS[i] ?? 0))).join('')}${mark}`;

function verdict(added: number, ratio: number | undefined, aim: Aim): string {
  const missed = added > (aim.added ?? Infinity) || (ratio ?? 0) > (aim.ratio ?? Infinity);
  return missed ? '  missed' : '';
}

function added(call: string, without: Count, ours: Count, peer: Count | undefined, aim: Aim): string {
  const mine = ours.min - without.min;
  const theirs = peer && peer.min - without.min;
  const ratio = theirs !== undefined && theirs > 0 ? mine / theirs : undefined;
  return cells(
    [
      call,
      without.min,
      mine,
      ours.median - without.median,
      aim.added ?? '',
      theirs ?? '-',
      peer ? peer.median - without.median : '-',
      ratio?.toFixed(3) ?? '-',
      aim.ratio ?? '',
    ],
    verdict(mine, ratio, aim),
  );
}

function symlinkRows(
  name: string,
  mode: 'enforcing' | 'observing',
  last: string,
  { floor, ours, tetragon }: Measured,
): string[] {
  const mine = ours[mode] ?? ours.observing;
  const theirs = tetragon && (tetragon[mode] ?? tetragon.observing);
  const note = tetragon && tetragon[mode] === undefined ? ' (1)' : '';
  const row = (call: string, which: 'notMatching' | 'matching', door: keyof SymlinkCounts) =>
    added(
      `${name}: ${call}${note}`,
      floor.symlink[door],
      mine[which][door],
      theirs?.[which][door],
      AIMS[which],
    );
  return [
    row('other, EEXIST', 'notMatching', 'taken'),
    row('other, made', 'notMatching', 'free'),
    row('listed, EEXIST', 'matching', 'taken'),
    row(`listed, ${last}`, 'matching', 'free'),
  ];
}

/** What each side runs itself: of the call that Tetragon denies nothing is left but its way in and out. */
function guardAlone({ floor, ours, tetragon }: Measured): string[] {
  const mine = ours.enforcing?.matching.taken;
  const theirs = tetragon?.enforcing?.matching.taken;
  if (mine === undefined || theirs === undefined) return [];
  const since = (count: Count, start: Count) => ({
    min: count.min - start.min,
    median: count.median - start.median,
  });
  const nothing = { min: 0, median: 0 };
  const [guard, peer] = [since(mine, floor.symlink.taken), since(theirs, floor.idle)];
  return [added('Override (4): the guard alone', nothing, guard, peer, AIMS.matching)];
}

function cost(what: string, mine: number, theirs: number | undefined, unit: string, aim: Aim): string {
  const ratio = theirs === undefined || theirs <= 0 ? undefined : mine / theirs;
  const shown = (n: number) => `${n.toFixed(2)} ${unit}`.padStart(12);
  return `${what.padEnd(46)}${shown(mine)}${theirs === undefined ? '-'.padStart(12) : shown(theirs)}${(ratio?.toFixed(4) ?? '-').padStart(10)}${String(aim.ratio ?? '').padStart(7)}${verdict(0, ratio, aim)}`;
}

function costRows(ours: Side, tetragon: Side | undefined): string[] {
  const millions = (n: number) => n / 1e6;
  const load = tetragon && millions(tetragon.load.instructions);
  // what a refused load has freed is taken again by the next: that one's memory would look too small
  const memory = tetragon && tetragon.refusal === undefined ? millions(tetragon.load.kernelBytes) : undefined;
  return [
    '',
    `${'cost (3)'.padEnd(46)}${'ours'.padStart(12)}${'peer'.padStart(12)}${'ratio'.padStart(10)}${'aim'.padStart(7)}`,
    cost(
      'a policy on one hook, the first of an agent',
      millions(ours.load.instructions),
      load,
      'M',
      AIMS.load,
    ),
    ...(ours.again
      ? [cost('later, where nothing is hooked', millions(ours.again.instructions), load, 'M', AIMS.load)]
      : []),
    ...(ours.next
      ? [
          cost('another on the same hook', millions(ours.next.instructions), load, 'M', AIMS.load),
          cost('its memory', millions(ours.next.kernelBytes), memory, 'MB', AIMS.policyMemory),
        ]
      : []),
    ...(ours.planned
      ? [
          cost('facts and plan before that, first', millions(ours.planned.first), undefined, 'M', {}),
          cost('facts and plan before that, then', millions(ours.planned.then), undefined, 'M', {}),
        ]
      : []),
    cost(
      'memory with no policy',
      millions(ours.base.kernelBytes),
      tetragon && millions(tetragon.base.kernelBytes),
      'MB',
      AIMS.baseMemory,
    ),
  ];
}

function floorIsBack(floor: Floor, after: Floor): boolean {
  const moved = (a: Count, b: Count) => Math.abs(a.min - b.min);
  const steady: [Count, Count][] = [
    [floor.symlink.taken, after.symlink.taken],
    [floor.idle, after.idle],
    [floor.read, after.read],
  ];
  const making: [Count, Count][] = [
    [floor.symlink.free, after.symlink.free],
    [floor.spawn, after.spawn],
  ];
  return (
    steady.every(([a, b]) => moved(a, b) <= STEADY_DRIFT_MAX) &&
    making.every(([a, b]) => moved(a, b) <= a.min * DRIFT_MAX)
  );
}

function notes({ ours, tetragon, floor, afterOurs, afterTetragon }: Measured): string[] {
  const back = (who: string, after: Floor) =>
    floorIsBack(floor, after)
      ? `with ${who} removed, every call costs what it did without`
      : `NOT BACK: with ${who} removed, calls cost ${JSON.stringify(after)}`;
  return [
    `lost events of ours: ${ours.lost}; ${back('ours', afterOurs)}`,
    ...(afterTetragon ? [back('Tetragon', afterTetragon)] : []),
    ...(tetragon?.refusal === undefined
      ? []
      : [
          `(1) Tetragon refuses the Override here (${tetragon.refusal}): its figures are the observing policy's, its memory is not comparable`,
        ]),
  ];
}

export const HEADING = [
  'Instructions added to a call; minimum and median of a loop. Tetragon is the peer, in the same guest and run.',
  '(2) Override: Tetragon leaves the body of a denied call out, which `without` counts; observe: both let it run.',
  '(4) its call has no body left: to an empty call (getppid); ours, whose body runs, to the whole call.',
  '(3) instructions of the loading process, verifier included; memory is slab, vmalloc and per-CPU, ring buffers not counted.',
];

/** The lines for a kernel; `good` is false when something was left behind. */
export function table(measured: Measured): { lines: string[]; good: boolean } {
  const { floor, ours, tetragon, afterOurs, afterTetragon } = measured;
  const lines = [
    cells(HEADS),
    ...symlinkRows('Override (2)', 'enforcing', 'denied', measured),
    ...guardAlone(measured),
    ...symlinkRows('observe', 'observing', 'made', measured),
    added('read, Prefix, other', floor.read, ours.read, tetragon?.read, AIMS.read),
    added(
      'symlinkat made, no policy',
      floor.symlink.free,
      ours.base.symlink.free,
      tetragon?.base.symlink.free,
      {},
    ),
    added('getppid, no hook', floor.idle, ours.base.idle, tetragon?.base.idle, AIMS.idle),
    added('fork+exec+exit, no policy', floor.spawn, ours.base.spawn, tetragon?.base.spawn, AIMS.spawn),
    ...costRows(ours, tetragon),
    ...notes(measured),
  ];
  const good =
    floorIsBack(floor, afterOurs) && (afterTetragon === undefined || floorIsBack(floor, afterTetragon));
  return { lines, good };
}
