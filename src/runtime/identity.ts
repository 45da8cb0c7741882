// SPDX-License-Identifier: Apache-2.0
/** What the kernel knows a file by: its inode, as programs see it. stat shows another device on some file systems, and no generation. */
import type { InodeFact } from '../model/inode.ts';
import type { Native } from './native.ts';
import type { Templates } from './templates.ts';

/** As the program has them. */
const PARTS = { inoLow: 0, inoHigh: 1, device: 2, generation: 3 } as const;

export class Identities {
  readonly #native: Native;
  readonly #templates: Templates;
  #program: number | undefined;

  constructor(native: Native, templates: Templates) {
    this.#native = native;
    this.#templates = templates;
  }

  /** Of an open descriptor of this process. Throws where the program cannot be run. */
  of(fd: number): InodeFact {
    this.#program ??= this.#templates.openObject('identity.bpf.o').programs[0]?.fd as number;
    const program = this.#program;
    const part = (which: number) => this.#native.testRun(program, [fd, which]) >>> 0;
    const ino = (BigInt(part(PARTS.inoHigh)) << 32n) | BigInt(part(PARTS.inoLow));
    return { ino: ino.toString(), device: part(PARTS.device), generation: part(PARTS.generation) };
  }
}
