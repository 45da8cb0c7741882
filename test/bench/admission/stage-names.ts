// SPDX-License-Identifier: Apache-2.0
/** Which part of the program a function belongs to, by the file it is in. */

export const SQLITE = 'audit: write and sync';
export const OTHERS = 'other threads: compiler, collector, sampler';
/** no work for a review: nothing to do, or the measuring itself */
export const WAITING = 'waiting';

/** what the measuring puts in place of SQLite's own */
export const RUN_STATEMENT = 'runStatement';

const COLLECTION = 'garbage collection';
const TLS_AND_HTTP = 'TLS, HTTP, event loop';

/** In the order they are printed in. */
export const STAGES = [
  TLS_AND_HTTP,
  'read the JSON',
  'validate',
  'normal form and digest',
  'rules in wasm',
  'decision and answer',
  'audit: record, hash, signature',
  SQLITE,
  COLLECTION,
  OTHERS,
] as const;

type Stage = (typeof STAGES)[number] | typeof WAITING;

const BY_FILE: readonly (readonly [RegExp, Stage])[] = [
  [/\/src\/model\/(read-|quick-json|source-|plain-)/, 'read the JSON'],
  [/\/src\/model\/(validate|metadata|doubts|schema-findings|crd\/)|\/node_modules\/ajv/, 'validate'],
  [/\/src\/model\/(normalise|digest|canonical-json|language\/)/, 'normal form and digest'],
  [/\/src\/guardrails\/|^wasm:|\/opa-wasm\//, 'rules in wasm'],
  [/\/src\/audit\/|\/canonicalize\//, 'audit: record, hash, signature'],
  [/\/src\/(service|errors)|\/webhooks\/|\/src\/model\//, 'decision and answer'],
  [/\/src\/(gate|api|telemetry)\//, TLS_AND_HTTP],
  [/\/test\/bench\/|^node:inspector|^node:internal\/inspector/, WAITING],
];

export interface CallFrame {
  functionName: string;
  url: string;
}

/** A function of nobody we know works for its caller; what nobody of ours called belongs to the event loop. */
export function stageOf({ functionName, url }: CallFrame, caller: string = TLS_AND_HTTP): string {
  if (functionName === '(idle)') return WAITING;
  if (functionName === '(garbage collector)') return COLLECTION;
  if (functionName === RUN_STATEMENT && /\/stages\.ts$/.test(url)) return SQLITE;
  return BY_FILE.find(([pattern]) => pattern.test(url))?.[1] ?? caller;
}
