// SPDX-License-Identifier: Apache-2.0
/** What hosts say of a policy, shortened for a line. */
import type { HostState, PolicyStatus } from '../../../model/status.ts';

const BAD: readonly HostState[] = ['refused', 'partial', 'pending'];

/** The host most in need of attention. */
export function worstOf({
  hosts,
}: PolicyStatus): { host: string; state: HostState; reason?: string } | undefined {
  return BAD.flatMap((state) => hosts.filter((host) => host.state === state))[0];
}
