// SPDX-License-Identifier: Apache-2.0
/** Where a policy lies in the gate's API, and the options that say so. */
import { Fault } from '../../../errors.ts';
import { nameProblem, namespaceProblem } from '../../../model/metadata.ts';
import { oneLine } from '../../printable.ts';

export interface PlaceOptions {
  namespace?: string;
}

export const NAMESPACE_OPTION = {
  flags: '-n, --namespace <namespace>',
  about: 'namespace of a namespaced policy',
} as const;
export const REASON_OPTION = { flags: '--reason <text>', about: 'why: kept in the audit log' } as const;

/** The path of a policy; a name that cannot be one is wrong usage, not another path. */
export function pathOf(name: string, namespace: string | undefined): string {
  const problem = nameProblem(name) ?? (namespace === undefined ? undefined : namespaceProblem(namespace));
  if (problem !== undefined)
    throw new Fault('usage', `${oneLine(problem)}: name a policy as \`tracegate policy list\` shows it`);
  return namespace === undefined ? `/v1/policies/${name}` : `/v1/namespaces/${namespace}/policies/${name}`;
}

export function titleOf({ name, namespace }: { name: string; namespace?: string | undefined }): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
