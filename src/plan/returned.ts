// SPDX-License-Identifier: Apache-2.0
/** What a call returns a pointer to, or a descriptor of: read at its return as one more argument, behind the others. */
import { isReturnedObject } from '../model/language/arg-types.ts';
import type { NormalHook, NormalSelector } from '../model/normal-policy.ts';
import { argTypeCode } from './arg-types.ts';
import type { ArgConfig, HookConfig } from './hook-config.ts';
import { STRUCTS, TG_SOURCE } from './layout.generated.ts';
import { matchConfig } from './selectors.ts';

/** The raw value that takes it: behind those of the parameters, of what routes lead to, and of which of these failed. */
const RETURNED = 2 * STRUCTS.tg_hook_config.fields.fixed.count + 1;

/** The configuration of the program at the return; filters on the result look at that argument. */
export function withReturned(hook: NormalHook, config: HookConfig): HookConfig {
  const { returnArg } = hook;
  if (!returnArg || !isReturnedObject(returnArg.type)) return config;
  const position = config.args.length;
  const memory = config.source === TG_SOURCE.TG_SRC_PROGRAM ? 'user' : 'kernel';
  const type = argTypeCode(returnArg.type, memory);
  const returned: ArgConfig = {
    ...{ type, param: RETURNED, sizeParam: returnArg.sizeArgIndex, offsetBytes: 0, sizeBytes: 0 },
  };
  const args = [...config.args, returned];
  const selectors = config.selectors.map((selector, i) => {
    const asked = (hook.selectors[i] as NormalSelector).matchReturnArgs;
    const matches = asked.map((match) => matchConfig({ ...match, argPosition: position }, args));
    return { ...selector, matches: [...selector.matches, ...matches] };
  });
  return { ...config, args, selectors, returnsObject: true };
}
