// SPDX-License-Identifier: Apache-2.0
/**
 * Which containers are in which scope, as the programs look it up: by cgroup, a bit for each scope. A scope has one number for
 * all policies that mean the same containers, and keeps it while any of them is loaded; the bits are there before its programs.
 */
import { Fault } from '../errors.ts';
import { membership, type Placed, type SomeWorkloads, scopeKey } from '../model/workloads.ts';
import { STRUCTS } from '../plan/layout.generated.ts';
import type { LoadedPolicy, NumberedScope } from './loaded-policy.ts';
import { CGROUPS_MAX } from './map-shapes.ts';
import type { Native } from './native.ts';

/** `key`: the number of a cgroup, as the kernel has it; with the highest bit set it is one of version 1. */
export interface ToldCgroup extends Placed {
  key: bigint;
  /** one container's, and not a pod's with all of them in it */
  isContainer: boolean;
}

const FIELDS = STRUCTS.tg_cgroup.fields;
const SCOPES_MAX = FIELDS.in.count * 64;
const KEY_BYTES = 8;
const LINGERS_MS = 60_000;

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(KEY_BYTES);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

export class CgroupScopes {
  readonly #native: Native;
  readonly #fd: number;
  readonly #written = new Map<bigint, Buffer>();
  #told: readonly ToldCgroup[] | undefined;
  #scopes: readonly (NumberedScope & { untilMs?: number })[] = [];

  constructor(native: Native, fd: number) {
    this.#native = native;
    this.#fd = fd;
  }

  /** Whether anybody has told of this host's cgroups since the agent started; what one before it told holds until then. */
  get isTold(): boolean {
    return this.#told !== undefined;
  }

  /**
   * The numbers of a policy's scopes: those that the others have for the same containers, or free ones. Throws Fault `kernel`
   * where there are none left, and where nobody has told of this host's containers yet.
   */
  numbered(scopes: readonly SomeWorkloads[]): NumberedScope[] {
    if (scopes.length > 0 && !this.isTold)
      throw new Fault('kernel', 'which pods run on this node is not known yet');
    const nowMs = performance.now();
    const kept = this.#scopes.filter(({ untilMs = Infinity }) => untilMs > nowMs);
    const known = new Map(kept.map((one) => [scopeKey(one.scope), one.number]));
    const taken = new Set(known.values());
    return scopes.map((scope) => {
      const number = known.get(scopeKey(scope)) ?? freeNumber(taken);
      taken.add(number);
      return { number, scope };
    });
  }

  /** From now on these scopes count; the programs that ask for them may be loaded. */
  use(scopes: Iterable<NumberedScope>): void {
    const used = new Map([...scopes].map((one) => [one.number, one]));
    const nowMs = performance.now();
    // an older generation's programs go on denying for a while
    const lingering = this.#scopes
      .map((one) => ({ ...one, untilMs: one.untilMs ?? nowMs + LINGERS_MS }))
      .filter(({ number, untilMs }) => !used.has(number) && untilMs > nowMs);
    this.#scopes = [...used.values(), ...lingering];
    this.#write();
  }

  /** All cgroups of pods and containers. Throws Fault `kernel` when some could not be written: of those it is not known whose they are. */
  tell(all: readonly ToldCgroup[]): void {
    if (this.#told === undefined) this.#takeOver();
    this.#told = all;
    this.#write();
  }

  /** How many containers are in a scope of the policy, and of how many it is not known yet. */
  members({ scopes = [] }: LoadedPolicy): { containers: number; unknown: number } | undefined {
    if (scopes.length === 0) return undefined;
    const counts = { in: 0, out: 0, unknown: 0 };
    for (const told of (this.#told ?? []).filter((one) => one.isContainer)) {
      const found = scopes.map(({ scope }) => membership(scope, told));
      counts[found.includes('in') ? 'in' : found.includes('unknown') ? 'unknown' : 'out']++;
    }
    return { containers: counts.in, unknown: counts.unknown };
  }

  #write(): void {
    if (this.#told === undefined) return;
    const fresh = new Map(this.#told.map((told) => [told.key, this.#bytesOf(told)]));
    for (const key of this.#written.keys()) if (!fresh.has(key)) this.#drop(key);
    const failed = [...fresh].filter(([key, bytes]) => !this.#put(key, bytes));
    if (failed.length > 0)
      throw new Fault(
        'kernel',
        `the kernel took ${failed.length} cgroups of ${fresh.size} not: there are too many`,
      );
  }

  /** What an earlier agent wrote is gone over once. */
  #takeOver(): void {
    const size = STRUCTS.tg_cgroup.size;
    const entries = this.#native.mapEntries(this.#fd, KEY_BYTES, size, CGROUPS_MAX);
    for (let at = 0; at + KEY_BYTES <= entries.length; at += KEY_BYTES + size)
      this.#written.set(entries.readBigUInt64LE(at), Buffer.alloc(0));
  }

  #put(key: bigint, bytes: Buffer): boolean {
    if (this.#written.get(key)?.equals(bytes)) return true;
    try {
      this.#native.mapUpdate(this.#fd, u64(key), bytes);
    } catch {
      this.#drop(key); // what it said before is no longer true
      return false;
    }
    this.#written.set(key, bytes);
    return true;
  }

  #drop(key: bigint): void {
    this.#native.mapDelete(this.#fd, u64(key));
    this.#written.delete(key);
  }

  #bytesOf(told: ToldCgroup): Buffer {
    const bytes = Buffer.alloc(STRUCTS.tg_cgroup.size);
    bytes.writeBigUInt64LE(told.key, FIELDS.id.offset);
    for (const { number, scope } of this.#scopes) {
      const found = membership(scope, told);
      if (found === 'out') continue;
      const at = FIELDS[found === 'in' ? 'in' : 'unknown'].offset + 8 * Math.floor((number - 1) / 64);
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) | (1n << BigInt((number - 1) % 64)), at);
    }
    return bytes;
  }
}

function freeNumber(taken: ReadonlySet<number>): number {
  for (let number = 1; number <= SCOPES_MAX; number++) if (!taken.has(number)) return number;
  throw new Fault(
    'kernel',
    `this host already tells ${SCOPES_MAX} kinds of containers apart, the most it can`,
  );
}
