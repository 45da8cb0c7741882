// SPDX-License-Identifier: Apache-2.0
/** `args[]` and `returnArg`: what is read from a hook, in canonical types. */
import type { ArgSpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { HookType, NormalArg } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, canonicalType, REFUSED_TYPE, SUPPORTED_TYPES } from './arg-types.ts';
import { type Ledger, refuse, refuseFields, refuseUnsupported } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';

export const UNSUPPORTED_FIELDS = ['resolve', 'source', 'btfType', 'btfTypeModule', 'maxData', 'returnCopy'];
/** A tracepoint's record holds no such pointers; what would be read is not what was meant. */
const NOT_IN_RECORDS: readonly string[] = ['file', 'path', 'filename'];

/** Every argument, in the document's order; one that is refused keeps its place, so that positions stay true. */
export function normalArgs(
  ledger: Ledger,
  hook: HookType,
  specs: readonly ArgSpec[],
  pointer: string,
): NormalArg[] {
  if (specs.length > POLICY_LIMITS.args) {
    refuse(
      ledger,
      pointer,
      `a hook reads ${specs.length} arguments, at most ${POLICY_LIMITS.args} are possible`,
      'leave some out',
    );
  }
  return specs.map((spec, index) => {
    const arg = normalArg(ledger, spec, `${pointer}/${index}`);
    checkPlace(ledger, hook, arg);
    return arg;
  });
}

/** The return value: always a number. */
export function normalReturnArg(ledger: Ledger, spec: ArgSpec, pointer: string): NormalArg {
  const arg = normalArg(ledger, spec, pointer);
  const known = ARG_TYPE_TABLE[arg.type];
  if (known && known.class !== 'number' && canonicalType(spec.type ?? '') !== undefined) {
    refuse(
      ledger,
      `${pointer}/type`,
      `a return value is read as a number, not as ${arg.type}`,
      'use int, int64 or another number type',
    );
  }
  return arg;
}

function normalArg(ledger: Ledger, spec: ArgSpec, pointer: string): NormalArg {
  refuseFields(ledger, pointer, spec, UNSUPPORTED_FIELDS);
  const type = typeOf(ledger, spec, pointer);
  const sizeArgIndex = spec.sizeArgIndex ?? 0;
  checkSize(ledger, type, sizeArgIndex, pointer);
  return {
    path: pointer,
    index: spec.index,
    type,
    ...(spec.label === undefined ? {} : { label: spec.label }),
    sizeArgIndex,
  };
}

function typeOf(ledger: Ledger, { type = 'auto' }: ArgSpec, pointer: string): string {
  const canonical = canonicalType(type);
  if (canonical !== undefined) return canonical;
  if (type === 'auto')
    refuse(
      ledger,
      pointer,
      'the argument names no type',
      `add type: ${SUPPORTED_TYPES.slice(0, 12).join(', ')} …`,
    );
  else
    refuseUnsupported(
      ledger,
      `${pointer}/type`,
      `the argument type ${type}`,
      suggestion(type, SUPPORTED_TYPES),
    );
  return REFUSED_TYPE;
}

function checkSize(ledger: Ledger, type: string, sizeArgIndex: number, pointer: string): void {
  const at = `${pointer}/sizeArgIndex`;
  if (type === 'char_buf' && sizeArgIndex === 0) {
    refuse(
      ledger,
      pointer,
      'a char_buf without sizeArgIndex captures nothing',
      'name the parameter that holds its size, counted from 1',
    );
  }
  if (type !== 'char_buf' && sizeArgIndex !== 0) {
    refuse(ledger, at, `sizeArgIndex has no meaning for ${type}`, 'leave it out, or use type: char_buf');
  }
}

function checkPlace(ledger: Ledger, hook: HookType, { path, index, type, sizeArgIndex }: NormalArg): void {
  const record = hook === 'tracepoint';
  const most = record ? POLICY_LIMITS.tracepointField : POLICY_LIMITS.argIndex;
  if (index > most)
    refuse(ledger, `${path}/index`, `there is no argument ${index} to read`, `use 0 to ${most}`);
  if (sizeArgIndex > most + 1) {
    refuse(
      ledger,
      `${path}/sizeArgIndex`,
      `there is no parameter ${sizeArgIndex} to read a size from`,
      `use 1 to ${most + 1}`,
    );
  }
  if (record && NOT_IN_RECORDS.includes(type)) {
    refuse(
      ledger,
      `${path}/type`,
      `a tracepoint's record has no ${type} in it`,
      'use raw: true, or a type the record has',
    );
  }
}
