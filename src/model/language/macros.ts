// SPDX-License-Identifier: Apache-2.0
/** `selectorsMacros`, and `macros` of a selector: the lists of each macro named stand in the selector. */
import type { PolicySpec, SelectorSpec } from '../document.ts';
import { escapePart } from '../json-pointer.ts';
import { suggestion } from '../near-match.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse } from './ledger.ts';

export type Macros = Readonly<Record<string, SelectorSpec>>;

export function macrosOf(spec: PolicySpec): Macros {
  return (spec.selectorsMacros ?? {}) as Macros;
}

export interface Expanded {
  spec: SelectorSpec;
  /** where a field of the selector is written */
  at: (field: string) => string;
}

/** Set by a macro or a selector, but nothing that could be merged. */
const OWN = ['label', 'macros'];

const listsOf = (spec: SelectorSpec): [string, unknown][] =>
  Object.entries(spec).filter(([field, value]) => !OWN.includes(field) && isSet(value));

const isSet = (value: unknown) =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null;

/** The selector with its macros written out. One field set twice is refused: nobody could say which is meant. */
export function expanded(ledger: Ledger, macros: Macros, spec: SelectorSpec, path: string): Expanded {
  // as most are, and a policy may have thousands
  if (spec.macros === undefined) return { spec, at: (field) => `${path}/${field}` };
  return merged(ledger, macros, spec, path);
}

function merged(ledger: Ledger, macros: Macros, spec: SelectorSpec, path: string): Expanded {
  const origins = new Map(listsOf(spec).map(([field]) => [field, `${path}/${field}`]));
  const whole: SelectorSpec = { ...spec };
  const named = (spec.macros ?? []) as string[];
  named.forEach((name, index) => {
    const macro = Object.hasOwn(macros, name) ? macros[name] : undefined;
    const use = `${path}/macros/${index}`;
    if (!macro) {
      refuse(ledger, use, `there is no macro "${excerpt(name)}"`, suggestion(name, Object.keys(macros)));
      return;
    }
    for (const [field, value] of listsOf(macro)) {
      const before = origins.get(field);
      if (before !== undefined) {
        const message = `the macro "${excerpt(name)}" sets ${field}, and so does ${before}`;
        refuse(ledger, use, message, 'leave one out, or write the filters into the selector');
      }
      origins.set(field, `/spec/selectorsMacros/${escapePart(name)}/${field}`);
      whole[field] = value;
    }
  });
  return { spec: whole, at: (field) => origins.get(field) ?? `${path}/${field}` };
}

/** What is wrong with macros whoever uses them. */
export function checkMacros(ledger: Ledger, spec: PolicySpec): void {
  const used = new Set(
    ['kprobes', 'fentries', 'tracepoints', 'lsmhooks', 'uprobes', 'usdts'].flatMap((section) =>
      ((spec[section] ?? []) as { selectors?: SelectorSpec[] }[]).flatMap((hook) =>
        (hook.selectors ?? []).flatMap((selector) => (selector.macros ?? []) as string[]),
      ),
    ),
  );
  for (const [name, macro] of Object.entries(macrosOf(spec))) {
    const pointer = `/spec/selectorsMacros/${escapePart(name)}`;
    if (isSet(macro.macros))
      refuse(ledger, `${pointer}/macros`, 'a macro cannot use macros', 'write its filters into this one');
    if (isSet(macro.matchWorkloads)) {
      const message = 'matchWorkloads in a macro: no selector takes it over from there';
      refuse(ledger, `${pointer}/matchWorkloads`, message, 'write it into the selectors');
    }
    if ((macro.matchActions ?? []).some(({ action }) => action === 'NotifyEnforcer')) {
      const message = 'NotifyEnforcer in a macro: the calls it acts in are told by the selector itself';
      refuse(ledger, `${pointer}/matchActions`, message, 'write it into matchActions of the selectors');
    }
    if (used.has(name)) continue;
    const message = `no selector uses the macro "${excerpt(name)}"`;
    ledger.notes.push({ pointer, message, fix: 'name it in macros of a selector, or remove it' });
  }
}
