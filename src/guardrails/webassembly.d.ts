// SPDX-License-Identifier: Apache-2.0
/** What we use of WebAssembly: TypeScript declares it only together with the whole of the browser. */
declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array);
  }
  class Instance {
    readonly exports: Record<string, unknown>;
    constructor(module: Module, imports?: Record<string, unknown>);
  }
  class Memory {
    readonly buffer: ArrayBuffer;
    constructor(limits: { initial: number; maximum?: number });
    grow(pages: number): number;
  }
  interface Global {
    value: number;
  }
  class RuntimeError extends Error {}
  function validate(bytes: Uint8Array): boolean;
}
