// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test as testOf } from 'node:test';
import fc from 'fast-check';
import { loadNative } from '../../../../src/runtime/native.ts';
import { ALU_OP, INSN_BYTES, Instructions, JUMP_OP, LOAD_BYTES } from './instruction.ts';
import { asm, interpret } from './interpreter.ts';

const root = join(import.meta.dirname, '../../../..');
const skip = existsSync(join(root, 'build/tracegate_bpf.node')) ? false : 'the eBPF addon is not built here';
const test = (name: string, run: () => void) => testOf(name, { skip }, run);
const FD = 7;
const OWN_FD = 11;
const map = Buffer.alloc(64);
for (let i = 0; i < map.length; i++) map[i] = (i * 37) & 255;
map.writeBigUInt64LE(0x1122334455667788n, 0);
map.writeUInt8(1, 8);
map.writeUInt8(0, 9);
const SINGLE = 9;
const config = { templateFd: FD, fd: OWN_FD, bytes: map, single: [SINGLE] };
let native: ReturnType<typeof loadNative> | undefined;
function specialise(template: Buffer, given: typeof config) {
  native ??= loadNative(root);
  const wanted = [...Array(count(template)).keys()];
  return native.specialise(native.prepareTemplate(template), { ...given, wanted });
}
const of = (...parts: Buffer[]) => Buffer.concat(parts);
const count = (insns: Buffer) => insns.length / INSN_BYTES;

test('a load of the configuration becomes its value, and what only led there goes', () => {
  const { insns } = specialise(of(asm.mapAddress(1, FD, 4), asm.load(0x10, 0, 1, 4), asm.exit()), config);
  assert.deepEqual(insns, of(asm.mov(0, 1), asm.exit()));
});

test('a value of more than 32 bits takes two slots, and jumps over it reach as far', () => {
  const program = of(
    asm.mapAddress(2, FD, 0),
    asm.branch(JUMP_OP.EQ, 1, 5, 3),
    asm.load(0x18, 0, 2, 0),
    asm.exit(),
    asm.mov(0, 3),
    asm.mov(0, 4),
    asm.exit(),
  );
  const { insns } = specialise(program, config);
  for (const input of [5n, 6n])
    assert.equal(
      interpret(insns, map, [input, 0n, 0n, 0n, 0n]),
      interpret(program, map, [input, 0n, 0n, 0n, 0n]),
    );
  assert.equal(interpret(insns, map, [6n, 0n, 0n, 0n, 0n]), 0x1122334455667788n);
});

test('a branch on the configuration goes one way, and the other way is left out', () => {
  const program = of(
    asm.mapAddress(2, FD, 0),
    asm.load(0x10, 3, 2, 9),
    asm.branch(JUMP_OP.EQ, 3, 0, 2),
    asm.copy(0, 1),
    asm.exit(),
    asm.mov(0, 9),
    asm.exit(),
  );
  assert.deepEqual(specialise(program, config).insns, of(asm.mov(0, 9), asm.exit()));
});

test('a condition of several bits is settled by the one that the configuration decides', () => {
  const bit = (into: number) => [
    asm.mov(into, 1),
    asm.branch(JUMP_OP.EQ, 1, 5, 1), // or 0, as the first input is
    asm.mov(into, 0),
  ];
  const settled = (op: number, place: number) => {
    const program = of(
      asm.mapAddress(2, FD, 0),
      asm.load(0x10, 3, 2, place), // 8: 1, 9: 0
      ...bit(4),
      asm.aluBy(op, 3, 4),
      asm.store(0x00, 10, 3, -8), // of four bytes
      asm.load(0x00, 5, 10, -8),
      asm.alu(ALU_OP.AND, 5, 1),
      asm.branch(JUMP_OP.EQ, 5, 0, 2),
      asm.mov(0, 8),
      asm.exit(),
      asm.mov(0, 9),
      asm.exit(),
    );
    return specialise(program, config).insns;
  };
  assert.deepEqual(settled(ALU_OP.AND, 9), of(asm.mov(0, 9), asm.exit()));
  assert.deepEqual(settled(ALU_OP.OR, 8), of(asm.mov(0, 8), asm.exit()));
});

test('a branch to what only leads on goes there at once, and what nothing leads to any more is left out', () => {
  const program = of(
    asm.branch(JUMP_OP.EQ, 1, 5, 2),
    asm.mov(0, 1),
    asm.exit(),
    asm.mov(6, 3), // read by nobody
    asm.jump(2),
    asm.mov(0, 2),
    asm.exit(),
    asm.mov(0, 4),
    asm.exit(),
  );
  const { insns } = specialise(program, config);
  assert.deepEqual(
    insns,
    of(asm.branch(JUMP_OP.EQ, 1, 5, 2), asm.mov(0, 1), asm.exit(), asm.mov(0, 4), asm.exit()),
  );
});

test('an addition of nothing is left out', () => {
  const program = of(asm.copy(0, 1), asm.alu(ALU_OP.ADD, 0, 0), asm.exit());
  assert.deepEqual(specialise(program, config).insns, of(asm.copy(0, 1), asm.exit()));
});

test('a loop of one round leaves no loop, its counter in a spill slot', () => {
  const program = of(
    asm.mapAddress(6, FD, 0),
    asm.mov(2, 0),
    asm.mov(0, 0),
    asm.store(0x18, 10, 2, -16), // round:
    asm.alu(ALU_OP.ADD, 0, 5),
    asm.load(0x18, 2, 10, -16),
    asm.alu(ALU_OP.ADD, 2, 1),
    asm.load(0x10, 3, 6, 8),
    asm.branchBy(JUMP_OP.LT, 2, 3, -6),
    asm.aluBy(ALU_OP.ADD, 0, 1),
    asm.exit(),
  );
  const { insns } = specialise(program, config);
  assert.equal(interpret(insns, map, [100n, 0n, 0n, 0n, 0n]), 105n);
  const code = new Instructions(insns);
  assert.ok(![...Array(code.count).keys()].some((i) => code.isBranch(i) || code.isJump(i)));
});

/** Adds up `turns` bytes of the configuration from 8 on, by a pointer that moves; ends early at a byte that is the input. */
const summing = (turns: number) =>
  of(
    asm.mapAddress(6, FD, 8),
    asm.mov(0, 0),
    asm.mov(7, 0),
    asm.load(0x10, 3, 6, 0), // turn:
    asm.branchBy(JUMP_OP.EQ, 3, 1, 4),
    asm.aluBy(ALU_OP.ADD, 0, 3),
    asm.alu(ALU_OP.ADD, 6, 1),
    asm.alu(ALU_OP.ADD, 7, 1),
    asm.branch(JUMP_OP.LT, 7, turns, -6),
    asm.exit(),
  );
const isBack = (code: Instructions, i: number) => (code.isBranch(i) || code.isJump(i)) && code.target(i) <= i;
const loopsIn = (insns: Buffer) => {
  const code = new Instructions(insns);
  return [...Array(code.count).keys()].some((i) => isBack(code, i));
};

test('a loop over a few places of the configuration is written out, with their values', () => {
  const { insns } = specialise(summing(3), config);
  const sum = (last: number) => map.subarray(8, last + 1).reduce((a, b) => a + b, 0);
  assert.ok(!loopsIn(insns));
  assert.deepEqual(
    insns,
    of(
      asm.mov(0, 0),
      ...[8, 9, 10].flatMap((at) => [
        asm.mov(3, map[at] as number),
        asm.branchBy(JUMP_OP.EQ, 3, 1, 3 * (10 - at) + 1),
        asm.mov(0, sum(at)),
      ]),
      asm.exit(),
    ),
  );
});

test('a loop of many turns stays a loop', () => {
  const { insns } = specialise(summing(9), config);
  assert.ok(loopsIn(insns));
  for (const input of [0n, 55n, BigInt(map[11] as number)])
    assert.equal(
      interpret(insns, map, [input, 0n, 0n, 0n, 0n]),
      interpret(summing(9), map, [input, 0n, 0n, 0n, 0n]),
    );
});

test('a loop that does not look at the configuration stays a loop', () => {
  const program = of(
    asm.mov(0, 0),
    asm.mov(7, 0),
    asm.aluBy(ALU_OP.ADD, 0, 1), // turn:
    asm.alu(ALU_OP.ADD, 7, 1),
    asm.branch(JUMP_OP.LT, 7, 3, -3),
    asm.exit(),
  );
  assert.deepEqual(specialise(program, config).insns, program);
});

test('a stack object whose address is taken is never taken for a spill slot', () => {
  const program = of(
    asm.mov(2, 1),
    asm.store(0x18, 10, 2, -8),
    asm.copy(3, 10),
    asm.alu(ALU_OP.ADD, 3, -8),
    asm.store(0x18, 3, 1, 0),
    asm.load(0x18, 0, 10, -8),
    asm.exit(),
  );
  assert.equal(interpret(specialise(program, config).insns, map, [42n, 0n, 0n, 0n, 0n]), 42n);
});

test('a value that is kept for a way not taken is not kept, and spill slots that are never in use at once share a place', () => {
  const program = of(
    asm.mapAddress(6, FD, 0),
    asm.load(0x10, 7, 6, 9),
    asm.store(0x18, 10, 1, -8),
    asm.store(0x18, 10, 2, -16),
    asm.store(0x18, 10, 3, -24),
    asm.call(5),
    asm.load(0x18, 1, 10, -16),
    asm.store(0x18, 10, 1, -32),
    asm.call(5),
    asm.load(0x18, 0, 10, -32),
    asm.load(0x18, 2, 10, -24),
    asm.aluBy(ALU_OP.ADD, 0, 2),
    asm.branch(JUMP_OP.EQ, 7, 0, 2),
    asm.load(0x18, 2, 10, -8),
    asm.aluBy(ALU_OP.ADD, 0, 2),
    asm.exit(),
  );
  const expected = of(
    asm.store(0x18, 10, 2, -8),
    asm.store(0x18, 10, 3, -16),
    asm.call(5),
    asm.load(0x18, 1, 10, -8),
    asm.store(0x18, 10, 1, -8),
    asm.call(5),
    asm.load(0x18, 0, 10, -8),
    asm.load(0x18, 2, 10, -16),
    asm.aluBy(ALU_OP.ADD, 0, 2),
    asm.exit(),
  );
  assert.deepEqual(specialise(program, config).insns, expected);
});

test('an access to the frame across two of its places, which no verifier takes, leaves all where it is', () => {
  const program = of(
    asm.store(0x18, 10, 1, -16),
    asm.load(0x00, 0, 10, -10),
    asm.load(0x18, 0, 10, -16),
    asm.exit(),
  );
  const { insns } = specialise(program, config);
  assert.equal(interpret(insns, map, [77n, 0n, 0n, 0n, 0n]), 77n);
});

test('loads past the configuration, and of other maps, stay as they are', () => {
  const past = (fd: number) => of(asm.mapAddress(1, fd, 60), asm.load(0x18, 0, 1, 0), asm.exit());
  assert.deepEqual(specialise(past(FD), config).insns, past(OWN_FD));
  const other = of(asm.mapAddress(1, 8, 0), asm.load(0x10, 0, 1, 0), asm.exit());
  assert.deepEqual(specialise(other, config).insns, other);
});

test('what is left of the addresses of its configuration leads to its own map, and other maps stay', () => {
  const program = (own: number) =>
    of(
      asm.mapFd(1, own),
      asm.mapAddress(2, own, 40),
      asm.mapFd(3, 8),
      asm.wide(4, BigInt(FD)),
      asm.mov(5, FD),
      asm.call(12),
      asm.exit(),
    );
  assert.deepEqual(specialise(program(FD), config).insns, program(OWN_FD));
});

test('the element of a map that has but one is not looked up, nor doubted', () => {
  const lookup = (fd: number) =>
    of(
      asm.copy(6, 1),
      asm.mapFd(1, fd),
      asm.call(1),
      asm.branch(JUMP_OP.EQ, 0, 0, 2),
      asm.store(0x18, 0, 6, 8),
      asm.mov(0, 1),
      asm.exit(),
    );
  assert.deepEqual(
    specialise(lookup(SINGLE), config).insns,
    of(asm.copy(6, 1), asm.mapAddress(0, SINGLE, 0), asm.store(0x18, 0, 6, 8), asm.mov(0, 1), asm.exit()),
  );
  assert.deepEqual(specialise(lookup(8), config).insns, lookup(8));
});

test('a program whose jump or end leads out of it is refused', () => {
  for (const program of [of(asm.jump(5), asm.exit()), of(asm.jump(-3), asm.exit()), asm.mov(0, 1)])
    assert.throws(() => specialise(program, config), /leads out of the program/);
});

test('the template is not changed, and what is never reached has no place', () => {
  const program = of(
    asm.mov(1, 1),
    asm.branch(JUMP_OP.EQ, 1, 1, 1),
    asm.mov(0, 5),
    asm.mov(0, 6),
    asm.exit(),
  );
  const before = Buffer.from(program);
  const { places } = specialise(program, config);
  assert.deepEqual(program, before);
  assert.deepEqual(places, [0, 0, -1, 0, 1]);
});

const register = fc.integer({ min: 0, max: 5 });
const aluOps = Object.values(ALU_OP).filter((op) => op !== ALU_OP.END && op !== ALU_OP.NEG);
const imm = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
/** As the compiler does, and the verifier wants it. */
const aligned = (off: number, size: number) => off & -(LOAD_BYTES[size] as number);
const step = fc.oneof(
  fc.tuple(register, imm).map(([dst, k]) => asm.mov(dst, k)),
  fc.tuple(fc.constantFrom(...aluOps), register, imm, fc.boolean()).map(([op, dst, k, narrow]) => {
    const shift = op === ALU_OP.LSH || op === ALU_OP.RSH || op === ALU_OP.ARSH;
    return asm.alu(op, dst, shift ? k & (narrow ? 31 : 63) : k, narrow);
  }),
  fc
    .tuple(
      fc.constantFrom(ALU_OP.ADD, ALU_OP.AND, ALU_OP.MOV, ALU_OP.SUB, ALU_OP.XOR),
      register,
      register,
      fc.boolean(),
    )
    .map(([op, dst, src, narrow]) => asm.aluBy(op, dst, src, narrow)),
  fc
    .tuple(fc.constantFrom(0x00, 0x08, 0x10, 0x18), register, fc.integer({ min: 0, max: 56 }))
    .map(([size, dst, off]) => of(asm.mapAddress(9, FD, 0), asm.load(size, dst, 9, off))),
  fc.tuple(register, fc.integer({ min: 1, max: 4 })).map(([src, k]) => asm.store(0x18, 10, src, -8 * k)),
  fc.tuple(register, fc.integer({ min: 1, max: 4 })).map(([dst, k]) => asm.load(0x18, dst, 10, -8 * k)),
  fc
    .tuple(fc.constantFrom(0x00, 0x08, 0x10), register, fc.integer({ min: -32, max: -8 }))
    .map(([size, src, off]) => asm.store(size, 10, src, aligned(off, size))),
  fc
    .tuple(fc.constantFrom(0x00, 0x08, 0x10), register, fc.integer({ min: -32, max: -8 }))
    .map(([size, dst, off]) => asm.load(size, dst, 10, aligned(off, size))),
  fc.tuple(register, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })).map(([dst, v]) => asm.wide(dst, v)),
);
/** a forward branch over the next few steps, or a short loop back */
const branch = fc.record({
  op: fc.constantFrom(...Object.values(JUMP_OP)),
  dst: register,
  imm,
  narrow: fc.boolean(),
  over: fc.integer({ min: -3, max: 4 }),
});

test('whatever the program, its specialised form gives the same', () => {
  const programs = fc.array(fc.oneof({ arbitrary: step, weight: 3 }, { arbitrary: branch, weight: 1 }), {
    maxLength: 24,
  });
  const inputs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(programs, inputs, (steps, given) => {
      const sizes = steps.map((s) => (Buffer.isBuffer(s) ? count(s) : 1));
      const starts = [0];
      for (const size of sizes) starts.push((starts.at(-1) as number) + size);
      const parts = steps.map((s, k) => {
        if (Buffer.isBuffer(s)) return s;
        const to = starts[Math.max(0, Math.min(steps.length, k + 1 + s.over))] as number;
        return asm.branch(s.op, s.dst, s.imm, to - (starts[k] as number) - 1, s.narrow);
      });
      const program = of(...parts, asm.exit());
      const whole = interpret(program, map, given);
      const { insns } = specialise(program, config);
      if (whole !== undefined) assert.equal(interpret(insns, map, given), whole);
      assert.ok(count(insns) <= count(program) + steps.length);
    }),
    { numRuns: 1000 },
  );
});

interface Loop {
  turns: number;
  stride: number;
  start: number;
  early: { op: number; dst: number; imm: number } | undefined;
  body: Buffer[];
}
const loop = (turnsMax: number) =>
  fc.record({
    turns: fc.integer({ min: 1, max: turnsMax }),
    stride: fc.integer({ min: 0, max: 4 }),
    start: fc.integer({ min: 0, max: 8 }),
    early: fc.option(
      fc.record({ op: fc.constantFrom(JUMP_OP.EQ, JUMP_OP.NE, JUMP_OP.SGT), dst: register, imm }),
      { nil: undefined },
    ),
    body: fc.array(step, { maxLength: 4 }),
  });
/** A loop over the configuration around `inner`; `counter` counts its turns, a register or (negative) a place in the frame. */
function written(
  { turns, stride, start, early, body }: Loop,
  pointer: number,
  counter: number,
  inner: Buffer,
) {
  const kept = counter < 0;
  const n = kept ? 9 : counter;
  const rest = of(
    ...(kept ? [asm.load(0x18, n, 10, counter)] : []),
    asm.alu(ALU_OP.ADD, pointer, stride),
    asm.alu(ALU_OP.ADD, n, 1),
    ...(kept ? [asm.store(0x18, 10, n, counter)] : []),
  );
  const head = of(asm.load(0x10, 2, pointer, 0), ...body, inner);
  const out = early ? asm.branch(early.op, early.dst, early.imm, count(rest) + 1) : Buffer.alloc(0);
  const turn = of(head, out, rest);
  return of(
    asm.mapAddress(pointer, FD, start),
    asm.mov(n, 0),
    ...(kept ? [asm.store(0x18, 10, n, counter)] : []),
    turn,
    asm.branch(JUMP_OP.LT, n, turns, -count(turn) - 1),
  );
}

test('loops in loops over the configuration, written out or not, give the same', () => {
  const inputs = fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 5, maxLength: 5 });
  fc.assert(
    fc.property(
      loop(12),
      loop(10),
      fc.array(step, { maxLength: 3 }),
      inputs,
      (outer, inner, after, given) => {
        const program = of(
          written(outer, 6, 7, written(inner, 8, -40, Buffer.alloc(0))),
          ...after,
          asm.exit(),
        );
        const { insns } = specialise(program, config);
        assert.equal(interpret(insns, map, given), interpret(program, map, given));
        if (inner.turns > 8 && inner.stride > 0) assert.ok(count(insns) <= 9 * count(program));
      },
    ),
    { numRuns: 1000 },
  );
});
