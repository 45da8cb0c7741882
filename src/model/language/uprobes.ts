// SPDX-License-Identifier: Apache-2.0
/** `uprobes[]` in normal form: one hook per place, so that each event names its own. */
import type { UprobeSpec } from '../document.ts';
import type { NormalHook, ProgramPlace } from '../normal-policy.ts';
import { type PlaceWanted, placeName } from '../program-place.ts';
import { excerpt } from '../source-text.ts';
import { RETURNED_BY_PROGRAMS } from './arg-types.ts';
import { argsAndData, normalReturnArg, refuseArgsAtReturn } from './arguments.ts';
import { type Ledger, refuse, refuseFields } from './ledger.ts';
import { marks, normalSelectors } from './selectors.ts';

const PATH_BYTES_MAX = 4095;
/** C, Rust and Go names; no colon, by which we part the file from the place. */
const SYMBOL = /^[^\s:+\0]{1,511}$/;
const PLUS = /^(0[xX][0-9a-fA-F]{1,12}|[0-9]{1,14})$/;
const PLACES = ['symbols', 'offsets', 'addrs'] as const;
export const UNSUPPORTED_UPROBE_FIELDS = ['btfPath', 'binaryDigests'];

export function uprobeHooks(ledger: Ledger, spec: UprobeSpec, path: string): NormalHook[] {
  refuseFields(ledger, path, spec, UNSUPPORTED_UPROBE_FIELDS);
  refuseFields(ledger, `${path}/ignore`, spec.ignore ?? {}, ['digestVerificationFailure']);
  checkPath(ledger, spec.path, `${path}/path`);
  const args = argsAndData(ledger, 'uprobe', spec, path);
  const returns = spec.return ?? false;
  const returnArg =
    spec.returnArg && returns
      ? normalReturnArg(ledger, spec.returnArg, `${path}/returnArg`, RETURNED_BY_PROGRAMS)
      : undefined;
  if (returns) refuseArgsAtReturn(ledger, args, `${path}/args`);
  const sides = { hook: 'uprobe' as const, args, ...(returnArg && { returnArg }) };
  const rest = {
    type: 'uprobe' as const,
    path,
    syscall: false,
    args,
    return: returns,
    ...(returnArg && { returnArg }),
    selectors: normalSelectors(ledger, sides, spec.selectors ?? [], path),
    ignoreMissing: false,
    ...marks(ledger, spec, path),
  };
  return placesOf(ledger, spec, path).map((program) => ({
    ...rest,
    call: placeName(program.path, program.at),
    program,
  }));
}

export function checkPath(ledger: Ledger, path: string, pointer: string): void {
  if (!path.startsWith('/'))
    refuse(
      ledger,
      pointer,
      `"${excerpt(path)}" depends on where the agent runs`,
      'write the path from the root',
    );
  else if (/[:\0]/.test(path) || Buffer.byteLength(path) > PATH_BYTES_MAX)
    refuse(
      ledger,
      pointer,
      `"${excerpt(path)}" is no path that can be hooked (it has a colon or a NUL, or is too long)`,
      'rename or link the file',
    );
}

function placesOf(ledger: Ledger, spec: UprobeSpec, path: string): ProgramPlace[] {
  const used = PLACES.filter((name) => (spec[name] ?? []).length > 0);
  const [name] = used;
  if (name === undefined || used.length > 1) {
    const message = `a uprobe names its places by one of ${PLACES.join(', ')}${used.length > 1 ? `, not by ${used.join(' and ')}` : ''}`;
    refuse(ledger, path, message, 'add symbols, such as ["main"], or use several entries');
    return [];
  }
  const places = (spec[name] ?? []).flatMap((written, index) => {
    const at = placeOf(ledger, name, written, `${path}/${name}/${index}`);
    return at ? [at] : [];
  });
  const counters = countersOf(ledger, spec, (spec[name] ?? []).length, `${path}/refCtrOffsets`);
  return places.map((at, index) => {
    const refCtrOffset = counters[index];
    return { path: spec.path, at, ...(refCtrOffset && { refCtrOffset }) };
  });
}

function placeOf(
  ledger: Ledger,
  name: (typeof PLACES)[number],
  written: string | number,
  pointer: string,
): PlaceWanted | undefined {
  if (typeof written === 'string') return symbolOf(ledger, written, pointer);
  if (!Number.isSafeInteger(written) || written < 0) {
    refuse(ledger, pointer, `${written} is no place in a file`, 'write a whole number from 0');
    return undefined;
  }
  return name === 'addrs' ? { address: written } : { offset: written };
}

function symbolOf(ledger: Ledger, written: string, pointer: string): PlaceWanted | undefined {
  const [symbol = '', plus = '0', ...more] = written.split('+');
  if (more.length === 0 && SYMBOL.test(symbol) && PLUS.test(plus)) return { symbol, plus: Number(plus) };
  refuse(
    ledger,
    pointer,
    `"${excerpt(written)}" names no function`,
    'write a name as in the symbol table, such as readline or readline+0x10',
  );
  return undefined;
}

function countersOf(ledger: Ledger, spec: UprobeSpec, places: number, pointer: string): number[] {
  const counters = spec.refCtrOffsets ?? [];
  if (counters.length > 0 && counters.length !== places)
    refuse(
      ledger,
      pointer,
      `there are ${counters.length} reference counters for ${places} places`,
      'write one for each place, 0 for a place without',
    );
  counters.forEach((offset, index) => {
    // the kernel keeps it in 32 bits
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > 0xffff_ffff)
      refuse(
        ledger,
        `${pointer}/${index}`,
        `${offset} is no place of a counter`,
        'write its offset in the file',
      );
  });
  return counters;
}
