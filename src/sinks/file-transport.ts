// SPDX-License-Identifier: Apache-2.0
import { LinesFile, type LinesFileOptions } from './lines-file.ts';
import type { Message, Refused, Transport } from './transport.ts';

export class FileTransport implements Transport {
  readonly settleMs = 0;
  readonly #file: LinesFile;

  constructor(options: LinesFileOptions) {
    this.#file = new LinesFile(options);
  }

  async send(messages: readonly Message[]): Promise<Refused[]> {
    this.#file.add(messages.map(({ line }) => line));
    return [];
  }

  takeBreak(): undefined {}

  async close(): Promise<boolean> {
    this.#file.close();
    return true;
  }
}
