// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Fault } from '../errors.ts';
import type { Operation } from '../model/decision.ts';
import { type Receipt, receiptProblem } from '../model/receipt.ts';

/** Checks receipts against the gate's public key, which the host's administrator (or `up`) put where the agent trusts it. */
export class ReceiptCheck {
  readonly #keyFile: string;
  readonly #host: string;
  readonly #now: () => Date;

  constructor(keyFile: string, host: string, now: () => Date = () => new Date()) {
    this.#keyFile = keyFile;
    this.#host = host;
    this.#now = now;
  }

  #key(): KeyObject {
    try {
      return createPublicKey(readFileSync(this.#keyFile));
    } catch (cause) {
      throw new Fault(
        'forbidden',
        `no receipt can be checked: the gate's public key ${this.#keyFile} cannot be read`,
        { cause },
      );
    }
  }

  /** Throws Fault `forbidden` with the reason unless the receipt allows exactly this. */
  demand(
    receipt: Receipt | undefined,
    expected: { key: string; digest: string; revision: number; operations: readonly Operation[] },
  ): void {
    if (!receipt) throw new Fault('forbidden', `${expected.key}: there is no receipt of an allowed decision`);
    const problem = receiptProblem(receipt, this.#key(), { ...expected, host: this.#host, now: this.#now() });
    if (problem) throw new Fault('forbidden', `${expected.key}: ${problem}`);
  }
}
