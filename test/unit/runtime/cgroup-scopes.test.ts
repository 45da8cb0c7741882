// SPDX-License-Identifier: Apache-2.0
/** What is written into the kernel's map of cgroups: numbers of scopes, their bits, and what an earlier agent left. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { SomeWorkloads } from '../../../src/model/workloads.ts';
import { STRUCTS } from '../../../src/plan/layout.generated.ts';
import { CgroupScopes, type ToldCgroup } from '../../../src/runtime/cgroup-scopes.ts';
import type { LoadedPolicy, NumberedScope } from '../../../src/runtime/loaded-policy.ts';
import type { Native } from '../../../src/runtime/native.ts';

/** A hash map of the kernel's with so many places. */
class SmallMap {
  readonly entries = new Map<string, Buffer>();
  readonly #most: number;

  constructor(most = 100) {
    this.#most = most;
  }

  mapUpdate(_fd: number, key: Buffer, value: Buffer): void {
    const name = key.toString('hex');
    if (!this.entries.has(name) && this.entries.size >= this.#most) throw new Error('E2BIG');
    this.entries.set(name, Buffer.from(value));
  }

  mapDelete(_fd: number, key: Buffer): boolean {
    return this.entries.delete(key.toString('hex'));
  }

  mapEntries(): Buffer {
    return Buffer.concat([...this.entries].flatMap(([name, value]) => [Buffer.from(name, 'hex'), value]));
  }
}

const scopesOver = (map: SmallMap) => new CgroupScopes(map as unknown as Native, 3);
const policy = (scopes: NumberedScope[]) => ({ scopes }) as LoadedPolicy;
const app = (value: string): SomeWorkloads => ({ pods: [{ key: 'app', operator: 'In', values: [value] }] });
const WEB = { namespace: 'team-a', name: 'web-1', uid: 'u', labels: { app: 'web' } };
const cgroup = (key: bigint, parts: Partial<ToldCgroup> = {}): ToldCgroup => ({
  key,
  isContainer: true,
  ...parts,
});

/** The bits of a cgroup: `in` and `unknown`. */
function bits(map: SmallMap, key: bigint): [bigint[], bigint[]] | undefined {
  const name = Buffer.alloc(8);
  name.writeBigUInt64LE(key);
  const value = map.entries.get(name.toString('hex'));
  if (!value) return undefined;
  const { id, in: inside, unknown } = STRUCTS.tg_cgroup.fields;
  assert.equal(value.readBigUInt64LE(id.offset), key);
  const set = (from: number) =>
    Array.from({ length: 256 }, (_, i) => i + 1).filter(
      (n) => (value.readBigUInt64LE(from + 8 * Math.floor((n - 1) / 64)) >> BigInt((n - 1) % 64)) & 1n,
    );
  return [set(inside.offset).map(BigInt), set(unknown.offset).map(BigInt)];
}

it('gives one number to what means the same containers, and none away that is in use', () => {
  const scopes = scopesOver(new SmallMap());
  scopes.tell([]);
  const numbers = (of: SomeWorkloads[]) => scopes.numbered(of).map((one) => one.number);
  const first = scopes.numbered([app('web'), app('db')]);
  assert.deepEqual(
    first.map((one) => one.number),
    [1, 2],
  );
  scopes.use(first);
  assert.deepEqual(numbers([app('x'), { ...app('db'), host: true }]), [3, 2]);
  scopes.use(Array.from({ length: 256 }, (_, n) => ({ number: n + 1, scope: app(`${n}`) })));
  assert.throws(() => numbers([app('more')]), /256 kinds of containers/);
});

it('gives numbers away again that nobody has used for a while', (t) => {
  let nowMs = 0;
  t.mock.method(performance, 'now', () => nowMs);
  const scopes = scopesOver(new SmallMap());
  scopes.tell([]);
  scopes.use(Array.from({ length: 256 }, (_, n) => ({ number: n + 1, scope: app(`${n}`) })));
  scopes.use([]);
  assert.throws(() => scopes.numbered([app('more')]), /256 kinds/, 'old programs may still ask for them');
  nowMs = 61_000;
  assert.equal(scopes.numbered([app('more')])[0]?.number, 1);
});

it('sets a bit for what is in, another for what is not known, and follows both', () => {
  const map = new SmallMap();
  const scopes = scopesOver(map);
  scopes.use([
    { number: 1, scope: app('web') },
    { number: 200, scope: { ...app('web'), containers: [] } },
    { number: 65, scope: app('db') },
  ]);
  scopes.tell([cgroup(5n, { pod: WEB }), cgroup(6n), cgroup(7n, { pod: null })]);
  assert.deepEqual(bits(map, 5n), [[1n], [200n]]);
  assert.deepEqual(bits(map, 6n), [[], [1n, 65n, 200n]]);
  assert.deepEqual(bits(map, 7n), [[], []]);
  scopes.use([{ number: 65, scope: app('web') }]);
  assert.deepEqual(bits(map, 5n), [[1n, 65n], [200n]]); // programs that asked for the others may still run
  scopes.tell([cgroup(5n, { pod: { ...WEB, labels: {} } })]);
  assert.deepEqual(bits(map, 5n), [[], []]);
  assert.equal(bits(map, 6n), undefined);
});

it('leaves what an earlier agent told as it is, until it has something to tell', () => {
  const map = new SmallMap();
  const earlier = scopesOver(map);
  earlier.use([{ number: 1, scope: app('web') }]);
  earlier.tell([cgroup(5n, { pod: WEB }), cgroup(6n, { pod: WEB })]);
  const scopes = scopesOver(map);
  scopes.use([{ number: 1, scope: app('web') }]);
  assert.deepEqual(bits(map, 5n), [[1n], []]);
  assert.throws(() => scopes.numbered([app('db')]), /not known yet/);
  assert.deepEqual(scopes.numbered([]), []);
  scopes.tell([cgroup(5n, { pod: WEB })]);
  assert.deepEqual([bits(map, 5n), bits(map, 6n)], [[[1n], []], undefined]);
});

it('says so when the map is full: what is not written is not known', () => {
  const map = new SmallMap(1);
  const scopes = scopesOver(map);
  assert.throws(() => scopes.tell([cgroup(5n), cgroup(6n)]), /took 1 cgroups of 2 not/);
  assert.equal(scopes.isTold, true);
  assert.equal(bits(map, 6n), undefined);
  scopes.tell([cgroup(6n)]);
  assert.ok(bits(map, 6n));
});

it('counts the containers that a policy is about, not their pods', () => {
  const scopes = scopesOver(new SmallMap());
  scopes.tell([
    cgroup(1n, { pod: WEB, isContainer: false }),
    cgroup(2n, { pod: WEB }),
    cgroup(3n),
    cgroup(4n, { pod: null }),
  ]);
  assert.deepEqual(scopes.members(policy([{ number: 1, scope: app('web') }])), { containers: 1, unknown: 1 });
  assert.equal(scopes.members({} as LoadedPolicy), undefined);
});
