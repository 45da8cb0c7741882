// SPDX-License-Identifier: Apache-2.0
/** `CapabilitiesGained`: the one operator that compares two arguments, what was held before with what is held then. */
import type { SelectorSpec } from '../document.ts';
import type { NormalArg, NormalMatch } from '../normal-policy.ts';
import { ARG_TYPE_TABLE, REFUSED_TYPE } from './arg-types.ts';
import { type Ledger, refuse } from './ledger.ts';

type ArgMatchSpec = NonNullable<SelectorSpec['matchArgs']>[number];

const isSet = ({ type }: NormalArg) =>
  type === REFUSED_TYPE || ARG_TYPE_TABLE[type]?.class === 'capabilities';

/** `args` of the filter are positions in the hook's own list (of data, where it looks at data), first the older set. */
export function gainedMatch(
  ledger: Ledger,
  { args, ofData }: { args: readonly NormalArg[]; ofData?: boolean },
  { args: written = [], values = [] }: ArgMatchSpec,
  path: string,
): NormalMatch | undefined {
  if (values.length > 0)
    refuse(
      ledger,
      `${path}/values`,
      'CapabilitiesGained compares two arguments, no values',
      'leave them out',
    );
  // entries of data stand behind the arguments
  const first = ofData ? args.filter(({ index }) => index >= 0).length : 0;
  const positions = written.map((position) => position + first);
  const [before, after] = positions;
  const [older, newer] = [args[before ?? -1], args[after ?? -1]];
  if (positions.length !== 2 || before === after || !older || !newer) {
    const message = 'CapabilitiesGained compares two arguments of the hook';
    refuse(
      ledger,
      `${path}/args`,
      message,
      'write args: [0, 1], positions in the hook’s args, the older set first',
    );
    return undefined;
  }
  for (const [at, arg] of [older, newer].entries()) {
    if (isSet(arg)) continue;
    const message = `CapabilitiesGained cannot look at an argument of type ${arg.type}`;
    refuse(ledger, `${path}/args/${at}`, message, 'read it as kernel_cap_t, or as the set it is');
  }
  return {
    path,
    argPosition: after as number,
    argIndex: newer.index,
    type: newer.type,
    operator: 'CapabilitiesGained',
    beforePosition: before as number,
    values: [],
  };
}
