// SPDX-License-Identifier: Apache-2.0
/** `options[]`. */
import type { Mode } from '../decision.ts';
import type { PolicySpec } from '../document.ts';
import { suggestion } from '../near-match.ts';
import type { NormalPolicy } from '../normal-policy.ts';
import { excerpt } from '../source-text.ts';
import { type Ledger, refuse, refuseUnsupported } from './ledger.ts';

const MODES: readonly Mode[] = ['enforce', 'monitor'];
const TRUTH_VALUES = ['1', 't', 'T', 'TRUE', 'true', 'True', '0', 'f', 'F', 'FALSE', 'false', 'False'];
/** Allowed values by name; but for the mode they change how the other runtime attaches, and nothing here. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {
  'policy-mode': MODES,
  'disable-kprobe-multi': TRUTH_VALUES,
  'disable-uprobe-multi': TRUTH_VALUES,
  'override-method': ['override-return', 'fmod-ret'],
};
const ELSEWHERE = ['sleepable-preload-size'];

export function normalOptions(ledger: Ledger, spec: PolicySpec): Pick<NormalPolicy, 'options' | 'mode'> {
  const options = (spec.options ?? []).map(({ name, value = '' }, index) => ({
    name,
    value,
    path: `/spec/options/${index}`,
  }));
  const seen = new Set<string>();
  for (const option of options) {
    checkOption(ledger, option);
    if (seen.has(option.name))
      refuse(ledger, `${option.path}/name`, `the option ${excerpt(option.name)} is there twice`, 'keep one');
    seen.add(option.name);
  }
  const mode = options.find(({ name }) => name === 'policy-mode')?.value as Mode | undefined;
  return { options, ...(mode === undefined ? {} : { mode }) };
}

function checkOption(
  ledger: Ledger,
  { name, value, path }: { name: string; value: string; path: string },
): void {
  const allowed = Object.hasOwn(ACCEPTED, name) ? ACCEPTED[name] : undefined;
  if (ELSEWHERE.includes(name)) refuseUnsupported(ledger, `${path}/name`, `the option ${name}`);
  else if (!allowed)
    refuse(
      ledger,
      `${path}/name`,
      `there is no option "${excerpt(name)}"`,
      suggestion(name, Object.keys(ACCEPTED)),
    );
  else if (!allowed.includes(value)) {
    refuse(
      ledger,
      `${path}/value`,
      `"${excerpt(value)}" is not a value of ${name}`,
      suggestion(value, allowed === TRUTH_VALUES ? ['true', 'false'] : allowed),
    );
  }
}
