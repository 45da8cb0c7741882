// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SHIPPED_BUNDLE } from '../../../src/guardrails/index.ts';
import { FUEL_EXPORT, meter } from '../../../src/guardrails/meter.ts';

/** A module with one global and one function `f: i32 -> i32`, exported, of this body. */
function moduleOf(body: number[], locals: number[] = [0]): Uint8Array {
  const code = [...locals, ...body, 0x0b];
  const section = (id: number, bytes: number[]) => [id, bytes.length, ...bytes];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 1, 0x7f, 1, 0x7f]), // type: i32 -> i32
    ...section(2, [1, 1, 0x65, 1, 0x67, 3, 0x7f, 0]), // import e.g: global i32
    ...section(3, [1, 0]),
    ...section(6, [1, 0x7f, 1, 0x41, 5, 0x0b]),
    ...section(7, [1, 1, 0x66, 0, 0]),
    ...section(10, [1, code.length, ...code]),
  ]);
}

function start(bytes: Uint8Array, fuel: number) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { g: 7 } });
  const tank = exports[FUEL_EXPORT] as WebAssembly.Global;
  tank.value = fuel;
  return { run: exports.f as (x: number) => number, tank };
}

/** Counts x down to zero in a loop and returns it. */
const COUNT_DOWN = [
  0x03, 0x40, 0x20, 0, 0x45, 0x04, 0x40, 0x20, 0, 0x0f, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x21, 0, 0x0c, 0, 0x0b,
  0x00,
];
/** f(x) = x == 0 ? 0 : f(x - 1) */
const RECURSE = [0x20, 0, 0x45, 0x04, 0x40, 0x41, 0, 0x0f, 0x0b, 0x20, 0, 0x41, 1, 0x6b, 0x10, 0];
const FOREVER = [0x03, 0x40, 0x0c, 0, 0x0b, 0x41, 0];

describe('metering a module', () => {
  it('takes one unit for each turn of a loop', () => {
    const { run, tank } = start(meter(moduleOf(COUNT_DOWN)), 1000);
    assert.equal(run(10), 0);
    assert.equal(tank.value, 1000 - 11);
  });

  it('takes one unit for each call of what calls', () => {
    const { run, tank } = start(meter(moduleOf(RECURSE)), 1000);
    assert.equal(run(10), 0);
    assert.equal(tank.value, 1000 - 11);
  });

  it('stops a loop that has no end', () => {
    const { run, tank } = start(meter(moduleOf(FOREVER)), 1000);
    assert.throws(() => run(0), WebAssembly.RuntimeError);
    assert.equal(tank.value, -1);
  });

  it('stops exactly one unit short', () => {
    const metered = meter(moduleOf(COUNT_DOWN));
    assert.equal(start(metered, 11).run(10), 0);
    assert.throws(() => start(metered, 10).run(10), WebAssembly.RuntimeError);
  });

  it('leaves what other globals mean', () => {
    assert.equal(start(meter(moduleOf([0x23, 0, 0x23, 1, 0x6a])), 10).run(0), 7 + 5);
  });

  it('steps over constants that look like instructions', () => {
    const constants = [
      0x41, 0x83, 0x80, 0x00, 0x1a, 0x42, 0x03, 0x1a, 0x43, 3, 3, 3, 3, 0x1a, 0x44, 3, 3, 3, 3, 3, 3, 3, 3,
      0x1a,
    ];
    const { run, tank } = start(meter(moduleOf([...constants, 0x41, 9])), 10);
    assert.equal(run(0), 9);
    assert.equal(tank.value, 10, 'nothing that could go on for long');
  });

  it('steps over a table of branches', () => {
    const { run } = start(
      meter(moduleOf([0x02, 0x40, 0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 1, 0x0b, 0x41, 1, 0x0f, 0x0b, 0x41, 2])),
      10,
    );
    assert.deepEqual([run(0), run(1)], [1, 2]);
  });

  it('refuses an instruction it does not know', () => {
    assert.throws(() => meter(moduleOf([0xfd, 0x0c])), /0xfd is not known/);
  });

  it('refuses a module that ends in the middle, wherever that is', () => {
    const whole = moduleOf(COUNT_DOWN);
    for (let length = 9; length < whole.length; length++)
      assert.throws(() => meter(whole.subarray(0, length)), `${length}`);
  });

  it('refuses a module without code', () => {
    assert.throws(() => meter(Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0])), /section/);
  });

  it('makes a valid module of the shipped rules, no more than a quarter larger', () => {
    const wasm = readFileSync(join(SHIPPED_BUNDLE, 'policy.wasm'));
    const metered = meter(wasm);
    assert.ok(WebAssembly.validate(metered));
    assert.ok(metered.length < wasm.length * 1.25, `${wasm.length} became ${metered.length}`);
  });
});
