// SPDX-License-Identifier: Apache-2.0
/** `usdts[]` in normal form: a marker is one hook, however many points of the program it stands at. */
import type { UsdtSpec } from '../document.ts';
import type { NormalArg, NormalHook } from '../normal-policy.ts';
import { placeName } from '../program-place.ts';
import { excerpt } from '../source-text.ts';
import { normalArgs } from './arguments.ts';
import { type Ledger, refuse, refuseFields } from './ledger.ts';
import { POLICY_LIMITS } from './limits.ts';
import { marks, normalSelectors } from './selectors.ts';
import { checkPath } from './uprobes.ts';

/** No colon and no slash, by which we part the file, the provider and the name. */
const NAME = /^[^\s:/\0]{1,127}$/;

export function usdtHook(ledger: Ledger, spec: UsdtSpec, path: string): NormalHook {
  refuseFields(ledger, path, spec, ['btfPath']);
  checkPath(ledger, spec.path, `${path}/path`);
  for (const field of ['provider', 'name'] as const) {
    if (NAME.test(spec[field])) continue;
    const message = `"${excerpt(spec[field])}" names no ${field === 'name' ? 'marker' : 'provider of markers'}`;
    refuse(ledger, `${path}/${field}`, message, 'write it as readelf --notes shows it');
  }
  const args = normalArgs(ledger, 'usdt', spec.args ?? [], `${path}/args`);
  const at = { provider: spec.provider, marker: spec.name };
  const selectors = normalSelectors(ledger, { hook: 'usdt', args }, spec.selectors ?? [], path);
  checkCount(ledger, { args, selectors }, `${path}/args`);
  return {
    type: 'usdt',
    path,
    call: placeName(spec.path, at),
    syscall: false,
    program: { path: spec.path, at },
    args,
    return: false,
    selectors,
    ignoreMissing: false,
    ...marks(ledger, spec, path),
  };
}

/** The arguments of a marker that a hook reads, the sizes of buffers among them, each once. */
export function valuesRead(args: readonly Pick<NormalArg, 'index' | 'sizeArgIndex'>[]): number[] {
  return [...new Set(args.flatMap((a) => [a.index, ...(a.sizeArgIndex > 0 ? [a.sizeArgIndex - 1] : [])]))];
}

/** Those of which it takes the address: what a Set overwrites. */
export function valuesSet({ args, selectors }: Pick<NormalHook, 'args' | 'selectors'>): number[] {
  const positions = selectors.flatMap((s) =>
    s.actions.flatMap((a) => (a.action === 'Set' ? [a.argIndex ?? 0] : [])),
  );
  return [...new Set(positions.flatMap((position) => args[position]?.index ?? []))];
}

function checkCount(ledger: Ledger, hook: Pick<NormalHook, 'args' | 'selectors'>, pointer: string): void {
  const { args } = hook;
  const count = valuesRead(args).length + valuesSet(hook).length;
  if (args.length > POLICY_LIMITS.args || count <= POLICY_LIMITS.args) return;
  const message = `the hook reads ${count} values, the sizes of buffers and the places of what is set included, at most ${POLICY_LIMITS.args} are possible`;
  refuse(ledger, pointer, message, 'leave some out');
}
