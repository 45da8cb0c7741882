// SPDX-License-Identifier: Apache-2.0
/**
 * The order behind what is in force of each policy, to load and to judge it again by. Those that stand on an exception
 * outlive the agent: its end has to count on a host whose gate is away.
 */
import { existsSync, readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { PolicyOrder } from '../model/agent-port.ts';
import { intakeObject, type ValidIntake } from '../model/intake.ts';
import { writeWhole } from '../runtime/whole-file.ts';

/** By what a policy can be loaded anew. */
export interface Taken {
  order: PolicyOrder;
  intake: ValidIntake;
}

export class OrdersInForce {
  readonly #file: string | undefined;
  readonly #taken = new Map<string, Taken>();

  /** Reads what an agent before this one left in `file`; without one nothing is kept. */
  constructor(file?: string) {
    this.#file = file;
    for (const order of file === undefined ? [] : ordersIn(file)) {
      const intake = intakeObject(order.document);
      if (intake.valid) this.#taken.set(order.key, { order, intake });
    }
  }

  get(key: string): Taken | undefined {
    return this.#taken.get(key);
  }

  all(): Taken[] {
    return [...this.#taken.values()];
  }

  set(taken: Taken): void {
    const { key } = taken.order;
    const before = this.#taken.get(key);
    this.#taken.set(key, taken);
    if (standsOnException(taken) || standsOnException(before)) this.#write();
  }

  delete(key: string): void {
    const before = this.#taken.get(key);
    this.#taken.delete(key);
    if (standsOnException(before)) this.#write();
  }

  #write(): void {
    if (this.#file === undefined) return;
    const orders = this.all().filter(standsOnException);
    writeWhole(this.#file, JSON.stringify(orders.map(({ order }) => order)));
  }
}

/** All of them are looked at, also when one cannot be judged: that is thrown in the end. */
export function eachOf(all: readonly Taken[], look: (taken: Taken) => void): void {
  const thrown: unknown[] = [];
  for (const taken of all) {
    try {
      look(taken);
    } catch (fault) {
      thrown.push(fault);
    }
  }
  if (thrown.length > 0) throw thrown[0];
}

function standsOnException(taken: Taken | undefined): boolean {
  return (taken?.order.receipt.body.judged?.exceptions?.length ?? 0) > 0;
}

/** Receipts were checked when the orders came; the folder is root's. */
function ordersIn(file: string): PolicyOrder[] {
  if (!existsSync(file)) return [];
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as PolicyOrder[];
  } catch (cause) {
    throw new Fault(
      'config',
      `${file} cannot be read, so whose exceptions end here is unknown: ${(cause as Error).message}. Put it back, or remove it: then the gate's next orders say so.`,
      { cause },
    );
  }
}
