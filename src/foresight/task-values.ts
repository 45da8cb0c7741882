// SPDX-License-Identifier: Apache-2.0
/** What a hook reads of the process that makes the call (`current_task`), as far as an event or the process table tells it. */
import type { NormalArg } from '../model/normal-policy.ts';
import { TG_CAPSET } from '../plan/layout.generated.ts';
import { type ObservedValue, UNKNOWN } from './observed.ts';
import type { ProcessIds, SeenProcess } from './seen.ts';

/** What the call overrides for itself differs between the two only inside of the kernel. */
const ID = /^(?:real_)?cred\.(uid|gid|suid|sgid|euid|egid|fsuid|fsgid)(?:\.val)?$/;
const SETS: Readonly<Record<string, number>> = {
  cap_permitted: TG_CAPSET.TG_CAP_PERMITTED,
  cap_effective: TG_CAPSET.TG_CAP_EFFECTIVE,
  cap_inheritable: TG_CAPSET.TG_CAP_INHERITABLE,
};
const SET = /^(?:real_)?cred\.(cap_permitted|cap_effective|cap_inheritable)(?:\.val|\.cap)?$/;

export function taskValue(
  { source, resolve = '' }: Pick<NormalArg, 'source' | 'resolve'>,
  process: SeenProcess,
): ObservedValue | typeof UNKNOWN {
  if (source !== 'current_task') return UNKNOWN;
  const value = numberOf(resolve, process);
  return value === undefined ? UNKNOWN : { value };
}

function numberOf(resolve: string, { pid, ids, capabilities }: SeenProcess): bigint | undefined {
  if (resolve === 'tgid') return pid === undefined ? undefined : BigInt(pid);
  if (/^loginuid(?:\.val)?$/.test(resolve)) return ids?.auid;
  const [, name] = ID.exec(resolve) ?? [];
  if (name !== undefined) return ids?.[name as keyof ProcessIds];
  const [, set = ''] = SET.exec(resolve) ?? [];
  return capabilities?.get(SETS[set] ?? -1);
}
