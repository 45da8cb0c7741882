// SPDX-License-Identifier: Apache-2.0
/**
 * One compiled module and the instance it runs in. It stands on the OPA SDK for instantiation, data and built-ins,
 * and goes its own way for an evaluation: the SDK answers malformed or missing input like a policy that found
 * nothing, has no time limit and grows without bound. Whatever is thrown here, there is no answer.
 */
import * as sdk from '@open-policy-agent/opa-wasm';
import { type InputValues, openInputValues, type ValueExports } from './input-values.ts';
import { FUEL_EXPORT, meter } from './meter.ts';

// The package is CommonJS behind a wrapper that names one of its two loaders only.
const { loadPolicySync } = (sdk as unknown as { default: typeof sdk }).default;
const PAGE_BYTES = 65_536;

export interface Limits {
  /** loop turns, and entries of functions that call others, that one evaluation may take */
  fuel: number;
  memoryMaximumPages: number;
  /** an instance that has grown beyond this is given up after the evaluation, for memory never shrinks */
  memoryRecyclePages: number;
}

/** About a second of CPU, 192 MiB: enough for the largest policy; an ordinary one takes a thousandth of either. */
export const LIMITS: Limits = { fuel: 200_000_000, memoryMaximumPages: 3072, memoryRecyclePages: 256 };
const MEMORY_INITIAL_PAGES = 32;

export type HostBuiltins = Record<string, (...args: unknown[]) => unknown>;

interface Instance {
  exports: PolicyExports;
  memory: WebAssembly.Memory;
  view: Buffer;
  entrypoint: number;
  dataAddress: number;
  heapAddress: number;
  /** absent: the module takes its input as text only */
  values: InputValues | undefined;
  fuel: WebAssembly.Global;
}

interface PolicyExports extends ValueExports {
  opa_eval(...args: number[]): number;
  opa_eval_ctx_new(): number;
  opa_eval_ctx_set_input(context: number, value: number): void;
  opa_eval_ctx_set_data(context: number, value: number): void;
  opa_eval_ctx_set_entrypoint(context: number, entrypoint: number): void;
  opa_eval_ctx_get_result(context: number): number;
  eval(context: number): number;
  builtins(): number;
}

export class Evaluator {
  readonly #module: WebAssembly.Module;
  readonly #entrypoint: string;
  readonly #data: ArrayBuffer;
  readonly #builtins: HostBuiltins;
  readonly #limits: Limits;
  #instance: Instance | undefined;
  #busy = false;
  #steps = 0;

  /** Throws where the module cannot be metered, compiled, instantiated, or asks for a built-in we do not have. */
  constructor(
    wasm: Uint8Array | WebAssembly.Module,
    entrypoint: string,
    data: unknown,
    options: { builtins?: HostBuiltins; limits?: Partial<Limits> } = {},
  ) {
    this.#module = wasm instanceof Uint8Array ? compiled(wasm) : wasm;
    this.#entrypoint = entrypoint;
    this.#data = new Uint8Array(Buffer.from(JSON.stringify(data))).buffer;
    this.#builtins = options.builtins ?? {};
    this.#limits = { ...LIMITS, ...options.limits };
    this.#instance = this.#instantiate();
  }

  /** What the last evaluation took of its fuel: the same for the same question, however busy the host is. */
  get steps(): number {
    return this.#steps;
  }

  /** The value of the entry point; throws when it is undefined or the evaluation did not come to its end. */
  evaluate(input: object): unknown {
    if (this.#busy) throw new Error('an evaluation was started from within another one');
    this.#busy = true;
    const instance = this.#instance ?? this.#instantiate();
    // Given up until the evaluation has ended well: nothing is judged in what a trap has left behind.
    this.#instance = undefined;
    try {
      const value = this.#run(instance, input);
      if (instance.memory.buffer.byteLength <= this.#limits.memoryRecyclePages * PAGE_BYTES)
        this.#instance = instance;
      return value;
    } catch (thrown) {
      throw explained(thrown, instance);
    } finally {
      this.#busy = false;
    }
  }

  #run(instance: Instance, input: object): unknown {
    instance.fuel.value = this.#limits.fuel;
    const address = evaluated(instance, input);
    this.#steps = this.#limits.fuel - Number(instance.fuel.value);
    const results: unknown = JSON.parse(readText(viewOf(instance), address));
    if (!Array.isArray(results) || results.length !== 1) throw new Error('the decision is undefined');
    return (results[0] as { result?: unknown }).result;
  }

  #instantiate(): Instance {
    const memory = { initial: MEMORY_INITIAL_PAGES, maximum: this.#limits.memoryMaximumPages };
    const policy = loadPolicySync(this.#module, memory, guarded(this.#builtins));
    const exports = (policy.wasmInstance as WebAssembly.Instance).exports as unknown as PolicyExports;
    if (policy.minorVersion < 2)
      throw new Error(`the module speaks ABI 1.${policy.minorVersion}, and 1.2 is needed`);
    const entrypoint: unknown = policy.entrypoints[this.#entrypoint];
    if (typeof entrypoint !== 'number') throw new Error(`the module has no entry point ${this.#entrypoint}`);
    this.#requireBuiltins(exports, policy.mem);
    policy.setData(this.#data);
    const values = openInputValues(exports, policy.mem, policy.dataHeapPtr);
    return {
      exports,
      memory: policy.mem,
      view: Buffer.from(policy.mem.buffer),
      entrypoint,
      dataAddress: policy.dataAddr,
      heapAddress: values?.base ?? policy.dataHeapPtr,
      values,
      fuel: (exports as unknown as Record<string, WebAssembly.Global>)[FUEL_EXPORT] as WebAssembly.Global,
    };
  }

  /** A built-in that is missing would throw only when a rule reaches it: at 3 a.m. */
  #requireBuiltins(exports: PolicyExports, memory: WebAssembly.Memory): void {
    const text = readText(Buffer.from(memory.buffer), exports.opa_json_dump(exports.builtins()));
    const missing = Object.keys(JSON.parse(text) as object).filter(
      (name) => !Object.hasOwn(this.#builtins, name),
    );
    if (missing.length > 0)
      throw new Error(`the module needs built-ins that are not offered: ${missing.join(', ')}`);
  }
}

/** The module, stoppable; to be shared by evaluators of different data. */
export function compiled(wasm: Uint8Array): WebAssembly.Module {
  return new WebAssembly.Module(meter(wasm));
}

/** The bytes of the instance's memory; growing it detaches the view of before. */
function viewOf(instance: Instance): Buffer {
  if (instance.view.buffer !== instance.memory.buffer) instance.view = Buffer.from(instance.memory.buffer);
  return instance.view;
}

/** Address of the answer's JSON. */
function evaluated(instance: Instance, input: object): number {
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw new Error('the input is not an object');
  const written = instance.values?.write(input);
  if (written === undefined) return evaluatedAsText(instance, input);
  const { exports, entrypoint, dataAddress } = instance;
  exports.opa_heap_ptr_set(written.end);
  const context = exports.opa_eval_ctx_new();
  exports.opa_eval_ctx_set_input(context, written.address);
  exports.opa_eval_ctx_set_data(context, dataAddress);
  exports.opa_eval_ctx_set_entrypoint(context, entrypoint);
  if (exports.eval(context) !== 0) throw new Error('the evaluation failed');
  return exports.opa_json_dump(exports.opa_eval_ctx_get_result(context));
}

function evaluatedAsText(instance: Instance, input: object): number {
  const text = JSON.stringify(input);
  if (text === undefined || text[0] !== '{') throw new Error('the input is not an object');
  const length = write(instance, text);
  const { exports, entrypoint, dataAddress, heapAddress } = instance;
  return exports.opa_eval(0, entrypoint, dataAddress, heapAddress, length, heapAddress + length, 0);
}

function write(instance: Instance, text: string): number {
  const length = Buffer.byteLength(text);
  const lacking = instance.heapAddress + length - instance.memory.buffer.byteLength;
  if (lacking > 0) instance.memory.grow(Math.ceil(lacking / PAGE_BYTES));
  viewOf(instance).write(text, instance.heapAddress);
  return length;
}

function readText(view: Buffer, address: number): string {
  const end = view.indexOf(0, address);
  if (address <= 0 || end < 0) throw new Error('the answer has no end');
  return view.toString('utf8', address, end);
}

/** A promise would be taken for an empty object, and an answer that is not there yet is none. */
function guarded(builtins: HostBuiltins): HostBuiltins {
  const entries = Object.entries(builtins).map(([name, run]) => {
    const checked = (...args: unknown[]): unknown => {
      const value = run(...args);
      if (typeof (value as { then?: unknown } | undefined)?.then !== 'function') return value;
      throw new Error(`the built-in ${name} answered with a promise`);
    };
    return [name, checked] as const;
  });
  return Object.fromEntries(entries);
}

/** The SDK throws strings and plain objects, wasm throws RuntimeErrors: one Error that says what happened. */
function explained(thrown: unknown, instance: Instance): Error {
  if (typeof thrown === 'string') return new Error(`the rules aborted: ${thrown}`);
  if (instance.fuel.value < 0)
    return new Error('the evaluation used up its budget of steps', { cause: thrown });
  if (thrown instanceof Error) return thrown;
  const message = (thrown as { message?: unknown } | null)?.message;
  return new Error(typeof message === 'string' ? message : 'the evaluation threw something that is no error');
}
