// SPDX-License-Identifier: Apache-2.0
// Which test files of a folder a guest runs, on which kernel, and which guests begin first.
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { KERNELS } from './lab-kernels.mjs';
import { filesUnder } from './steps.mjs';

/** Gate, agent, command line and test at once take most of a gigabyte, and files of the guest lie in memory too. */
const MEMORY_MIB = { kernel: 1024, product: 2048 };
/**
 * Guests wait too, for the kernel's grace periods above all: three of them leave no processor idle where two left a seventh of the
 * time. The product is several programs, of which one waits a minute for another at most: each of its guests has a processor to itself.
 */
export const GUESTS_AT_ONCE = {
  kernel: availableParallelism() > 1 ? 3 : 1,
  product: availableParallelism() > 1 ? 2 : 1,
};
/** A guest in which threads race has two of them, and would lose its time to two of its kind beside a third guest. */
export const GUEST_CPUS_AT_ONCE = 4;

/**
 * Files in which the kernel has no say: programs of user space decide, or ours in it by nothing but maps of their own. They run on
 * one kernel, unless all are asked for. What reads the kernel's memory or types, hangs on it in another way on another kernel, or is
 * about races, doors, gaps and who gets past the gate does not belong here.
 */
export const ON_ONE_KERNEL = {
  aggregate: ['6.1', 'sums in a map of ours, and what the agent makes of them'],
  'bpf-doors': ['custom', 'routes, commands and records; bpf-gate tries on each kernel what they order'],
  foresight: ['6.12', 'what is worked out from events; matcher compares the same filters on each kernel'],
  'rate-limit': ['6.1', 'what was told before, in a map of ours'],
  'would-have': ['custom', 'counts in a map of ours'],
};

/** Parts of a folder by the names of their files. Not more of them: each starts a machine, Node and a runtime anew. */
const SHARDS = [
  /^bpf-/, // what rules all of bpf(2) would rule that of other tests too
  /^(corpus|crowds|loader|lsm|matcher|pods|scopes|tracked|updates|uprobes)/, // as long as what no other takes
  /^(famil|registers|symlink)/, // two threads race
  /./,
];
const RACES = 2;
/** The longest first, that both lanes end at about the same time. */
const ORDER = [3, 0, 1, RACES];
/**
 * An emulated CPU that waits for another takes half of the time away: only a race has two. Nor does code that one CPU patches while
 * another runs it always reach the other (QEMU before 8.1): an engine that compiles in threads of its own calls what is no more.
 */
const cpusOf = (folder, shard) => (folder === 'kernel' && shard === RACES ? 2 : 1);

const nameOf = (file) => basename(file, '.test.ts');

function runsOn(file, kernel, everywhere) {
  const [only] = ON_ONE_KERNEL[nameOf(file)] ?? [];
  return everywhere || only === undefined || only === kernel;
}

function shardsOf(folder, kernel, everywhere) {
  const files = filesUnder(`test/${folder}`, /\.test\.ts$/).filter((one) => runsOn(one, kernel, everywhere));
  const shardOf = (file) => SHARDS.findIndex((names) => names.test(basename(file)));
  return SHARDS.map((_, shard) => ({
    ...{ shard, cpus: cpusOf(folder, shard) },
    files: files.filter((file) => shardOf(file) === shard),
  })).filter((one) => one.files.length > 0);
}

export function jobsOf(folder, everywhere) {
  const jobs = KERNELS.flatMap((kernel) =>
    shardsOf(folder, kernel, everywhere).map((one, at) => ({
      ...{ name: `${folder} tests ${at + 1} on ${kernel}`, kernel, ...one },
      memoryMib: MEMORY_MIB[folder],
      pinned: folder === 'kernel', // see test/kernel/two-cpus.h
    })),
  );
  return jobs.sort((a, b) => ORDER.indexOf(a.shard) - ORDER.indexOf(b.shard));
}

/** What is said of those that did not run everywhere. `tests`: how many of each file ran. */
export function leftOut(tests) {
  const ran = Object.keys(ON_ONE_KERNEL).filter((name) => tests[name] > 0);
  const count = ran.reduce((sum, name) => sum + tests[name], 0);
  const where = ran.map((name) => `${name} on ${ON_ONE_KERNEL[name][0]}`).join(', ');
  return `${count} tests in which the kernel has no say ran on one kernel only (--all: on each): ${where}`;
}
