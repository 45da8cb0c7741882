// SPDX-License-Identifier: Apache-2.0
/** The stacks of an event: names and offsets, never addresses, which tell where the kernel and programs were put. */
import { type KernelSymbols, RunningKernel } from '../kernel/kernel-symbols.ts';
import type { StackFrame } from '../model/event.ts';
import { TG_TYPE, TG_VALUE_STATUS } from '../plan/layout.generated.ts';
import type { Beside } from './hook-event.ts';
import type { KernelRecord, RecordValue } from './records.ts';
import { type StackOwner, UserFrames } from './user-frames.ts';

/** The helper that looks, and the program and trampoline it is called by, are not deeper than this. */
const OURS_MAX = 16;

const isStack = ({ type }: RecordValue) =>
  type === TG_TYPE.TG_T_STACK_KERNEL || type === TG_TYPE.TG_T_STACK_USER;

function addressesOf({ bytes }: RecordValue): bigint[] {
  const count = Math.floor(bytes.length / 8);
  return Array.from({ length: count }, (_, i) => bytes.readBigUInt64LE(8 * i)).filter((a) => a !== 0n);
}

/** From the hooked function on: the frames before it are the helper's, and then those of our program. */
export function withoutOurs(addresses: readonly bigint[], symbols: KernelSymbols): readonly bigint[] {
  const first = addresses.slice(0, OURS_MAX).findIndex((address) => !symbols.isText(address));
  if (first < 0) return addresses;
  const after = addresses.findIndex((address, i) => i > first && symbols.isText(address));
  return after < 0 ? [] : addresses.slice(after);
}

function kernelFrame(address: bigint, symbols: KernelSymbols): StackFrame {
  const { symbol, offset = 0 } = symbols.at(address) ?? {};
  return { ...(offset !== 0 && { offset: String(offset) }), ...(symbol !== undefined && { symbol }) };
}

export class StackTraces {
  readonly #kernel = new RunningKernel();
  readonly #user = new UserFrames();

  /** The process runs another program now, or has ended. */
  changed(pid: number): void {
    this.#user.forget(pid);
  }

  /** A stack that could not be taken, or is empty, is not told. */
  show({ values, ...record }: KernelRecord): Omit<Beside, 'ima_hash'> {
    const stacks = values.filter((v) => isStack(v) && v.status === TG_VALUE_STATUS.TG_V_READ);
    if (stacks.length === 0) return {};
    const of = (wanted: number) => stacks.filter(({ type }) => type === wanted).flatMap(addressesOf);
    const kernel = this.#kernelFrames(of(TG_TYPE.TG_T_STACK_KERNEL));
    const user = this.#user.show(ownerOf(record), of(TG_TYPE.TG_T_STACK_USER));
    return {
      ...(kernel.length > 0 && { kernel_stack_trace: kernel }),
      ...(user.length > 0 && { user_stack_trace: user }),
    };
  }

  #kernelFrames(addresses: readonly bigint[]): StackFrame[] {
    if (addresses.length === 0) return [];
    const { symbols } = this.#kernel;
    if (!symbols.known) return [];
    return withoutOurs(addresses, symbols).map((address) => kernelFrame(address, symbols));
  }
}

/** Whoever made the call, also where the event is told of the one a socket belongs to. */
function ownerOf({ seenIn, tgid, startBootNs }: Omit<KernelRecord, 'values'>): StackOwner {
  return seenIn ? { pid: seenIn.tgid } : { pid: tgid, startBootNs };
}

const isBeside = (value: RecordValue) => isStack(value) || value.type === TG_TYPE.TG_T_HASH;

/** The values of the hook itself: what stands behind them belongs to the event. */
export function withoutParts(values: RecordValue[]): RecordValue[] {
  return values.some(isBeside) ? values.filter((value) => !isBeside(value)) : values;
}
