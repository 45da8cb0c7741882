// SPDX-License-Identifier: Apache-2.0
/**
 * The matcher exists twice: in the kernel programs and in TypeScript. Here both look at the same calls: which gave an
 * event, by which selector, and which were denied.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TraceEvent } from '../../src/model/event.ts';
import { selectFirst } from '../../src/plan/matcher.ts';
import type { HookPlan } from '../../src/plan/plan.ts';
import {
  type Draw,
  draws,
  type MatchSpec,
  numberMatch,
  raw,
  type SelectorSpec,
  textMatch,
  texts,
} from './random-policies.ts';
import { type Bench, callsProgram, openBench, PLACE, run } from './runtime-fixture.ts';

const CALLS_PER_POLICY = 192;
const LINKS = join(PLACE, 'matcher');
const FILE = join(PLACE, 'batch');
/** arguments by which an event is told to belong to a call of ours */
const MARK = 1_000_000;
const EPERM = 1;

const NUMBERS = {
  int8: { bits: 8, signed: true },
  uint8: { bits: 8, signed: false },
  int16: { bits: 16, signed: true },
  uint16: { bits: 16, signed: false },
  int: { bits: 32, signed: true },
  uint32: { bits: 32, signed: false },
  int64: { bits: 64, signed: true },
  uint64: { bits: 64, signed: false },
  size_t: { bits: 64, signed: false },
} as const;
type NumberType = keyof typeof NUMBERS;
const TYPES = Object.keys(NUMBERS) as NumberType[];

interface Call {
  line: string;
  /** what the matcher sees; undefined: not readable */
  values: (bigint | Buffer | undefined)[];
}

interface Kind {
  call: string;
  args: { index: number; type: string }[];
  calls: Call[];
  selectors: SelectorSpec[];
  /** the number of the call an event is of */
  numberOf(args: Record<string, unknown>[]): number;
}

const seen = (type: NumberType, value: bigint): bigint =>
  (NUMBERS[type].signed ? BigInt.asIntN : BigInt.asUintN)(NUMBERS[type].bits, value);

function selectorsOf(draw: Draw, one: () => MatchSpec): SelectorSpec[] {
  return Array.from({ length: 1 + draw(5) }, () => ({
    matchArgs: Array.from({ length: 1 + draw(2) }, one),
  }));
}

const IN_PLACE = ['Equal', 'NotEqual', 'Prefix', 'NotPrefix'];
const ALL = [...IN_PLACE, 'Postfix', 'NotPostfix', 'SubString', 'SubStringIgnCase'];
/** only these leave room for the check of the first eight bytes alone */
const QUICK = ['Equal', 'Prefix'];

/** The kernel's own copy, compared in place; with denials every other time, decided in the LSM hook on its own copy. */
function symlinks(draw: Draw, round: number): Kind {
  const pool = texts(draw, CALLS_PER_POLICY);
  const operators = [ALL, QUICK, IN_PLACE][round % 3] as string[];
  const denies = round % 2 === 1;
  const selectors = selectorsOf(draw, () =>
    !denies && draw(5) === 0 ? numberMatch(draw, 1, NUMBERS.int) : textMatch(draw, 0, pool, operators),
  );
  if (denies)
    for (const selector of selectors)
      if (draw(2) === 0) selector.matchActions = [{ action: 'Override', argError: -EPERM }];
  const calls = pool.map((text, i) => {
    const dfd = seen('int', raw(draw));
    const bytes = Buffer.from(text);
    return {
      line: `S ${dfd} ${LINKS}/${i} ${bytes.toString('hex')}`,
      // an empty path never becomes a copy in the kernel
      values: [bytes.length === 0 ? undefined : bytes, dfd, Buffer.from(`${LINKS}/${i}`)],
    };
  });
  return {
    call: 'sys_symlinkat',
    args: [
      { index: 0, type: 'string' },
      { index: 1, type: 'int' },
      { index: 2, type: 'string' },
    ],
    ...{ calls, selectors },
    numberOf: (args) =>
      String(args[2]?.string_arg).startsWith(`${LINKS}/`)
        ? Number(String(args[2]?.string_arg).slice(LINKS.length + 1))
        : Number.NaN,
  };
}

/** Text in user memory, copied out and then compared. */
function accesses(draw: Draw): Kind {
  const pool = texts(draw, CALLS_PER_POLICY - 1);
  const calls = ['', ...pool].map((text, i) => ({
    line: `A ${MARK + i} ${Buffer.from(text).toString('hex')}`,
    values: [Buffer.from(text), BigInt(MARK + i)],
  }));
  return {
    call: 'sys_access',
    args: [
      { index: 0, type: 'string' },
      { index: 1, type: 'int' },
    ],
    calls,
    selectors: selectorsOf(draw, () => textMatch(draw, 0, pool, ALL)),
    numberOf: (args) => Number(args[1]?.int_arg) - MARK,
  };
}

/** Numbers of every width and sign. */
function seeks(draw: Draw, round: number): Kind {
  const offset = TYPES[round % TYPES.length] as NumberType;
  const whence = TYPES[(round * 4 + 1) % TYPES.length] as NumberType;
  const calls = Array.from({ length: CALLS_PER_POLICY }, (_, i) => {
    const [a, b] = [raw(draw), raw(draw)];
    return {
      line: `L ${-(MARK + i)} ${a} ${b}`,
      values: [BigInt(-(MARK + i)), seen(offset, a), seen(whence, b)],
    };
  });
  const selectors = selectorsOf(draw, () =>
    draw(2) === 0 ? numberMatch(draw, 1, NUMBERS[offset]) : numberMatch(draw, 2, NUMBERS[whence]),
  );
  return {
    call: 'sys_lseek',
    args: [
      { index: 0, type: 'int' },
      { index: 1, type: offset },
      { index: 2, type: whence },
    ],
    ...{ calls, selectors },
    numberOf: (args) => -Number(args[0]?.int_arg) - MARK,
  };
}

function documentOf({ call, args, selectors }: Kind): string {
  return JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'lot' },
    spec: { kprobes: [{ call, syscall: true, args, selectors }] },
  });
}

/** `selector` per call, or `none`; with `denied` where the call did not come through. */
function expected(kind: Kind, plan: HookPlan): string[] {
  const capture = plan.programs.at(-1);
  const verdict = plan.programs.find((p) => p.template === 'lsm' || p.template === 'fmod_ret');
  return kind.calls.map(({ values }) => {
    const call = { values, pathLike: [], pids: [] };
    const selector = capture && selectFirst(capture.config, call);
    const denied = verdict && selectFirst(verdict.config, call)?.error === -EPERM;
    return `${selector?.index ?? 'none'}${denied ? ' denied' : ''}`;
  });
}

function observed(kind: Kind, events: TraceEvent[], errnos: number[]): string[] {
  const selectors = new Map<number, string[]>();
  for (const { process_kprobe: told, tracegate } of events) {
    const i = kind.numberOf(told?.args ?? []);
    if (kind.calls[i]) selectors.set(i, [...(selectors.get(i) ?? []), String(tracegate?.selector)]);
  }
  return kind.calls.map(
    (_, i) => `${selectors.get(i)?.join('+') ?? 'none'}${errnos[i] === EPERM ? ' denied' : ''}`,
  );
}

describe('the matcher in the kernel and the one in TypeScript', () => {
  let bench: Bench;
  before(() => {
    mkdirSync(LINKS, { recursive: true });
    bench = openBench();
  });
  after(() => bench.close());

  function compare(kind: Kind): { hits: number; misses: number } {
    const text = documentOf(kind);
    const [plan] = bench.load(text).hooks as [HookPlan];
    assert.equal(plan.refused, undefined);
    writeFileSync(FILE, `${kind.calls.map(({ line }) => line).join('\n')}\n`);
    bench.taken('lot');
    const { status, out } = run(callsProgram(), ['batch', FILE]);
    assert.equal(status, 0, out);
    const got = observed(kind, bench.taken('lot'), out.split('\n').map(Number));
    const want = expected(kind, plan);
    const differing = kind.calls.flatMap(({ line }, i) =>
      got[i] === want[i] ? [] : [`${line}: kernel ${got[i]}, TypeScript ${want[i]}`],
    );
    assert.deepEqual(differing, [], text);
    const misses = want.filter((w) => w.startsWith('none')).length;
    return { hits: want.length - misses, misses };
  }

  for (const { what, rounds, seed, make } of [
    { what: 'strings the kernel holds, with and without denial', rounds: 12, seed: 7, make: symlinks },
    { what: 'strings in user memory', rounds: 6, seed: 11, make: accesses },
    { what: 'numbers of every width', rounds: 9, seed: 13, make: seeks },
  ]) {
    it(`agree on ${what}`, (t) => {
      const draw = draws(seed);
      const startedMs = performance.now();
      const sum = { hits: 0, misses: 0 };
      for (let round = 0; round < rounds; round++) {
        const { hits, misses } = compare(make(draw, round));
        sum.hits += hits;
        sum.misses += misses;
      }
      t.diagnostic(
        `${rounds} policies, ${sum.hits} hits, ${sum.misses} misses, ${Math.round(performance.now() - startedMs)} ms`,
      );
      assert.ok(sum.hits > 50 && sum.misses > 50, `the lot is fair: ${JSON.stringify(sum)}`);
    });
  }
});
