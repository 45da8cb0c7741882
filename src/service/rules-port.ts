// SPDX-License-Identifier: Apache-2.0
/** How a service looks at, and replaces, the rules that judge in it. */
import type { RulesFailure, RulesState } from '../model/rules-state.ts';

export interface RulesPort {
  state(): RulesState;
  /** what keeps a newer rule set from its place */
  failure(): RulesFailure | undefined;
  /** the bundle in force, as an archive */
  archive(): Uint8Array;
  /** Lets that one older bundle come into force; written down first. */
  allowOlder(allowing: Allowing): Promise<RulesState>;
  /** Throws why it does not come into force; `check` is given the digest of the bundle that is. */
  put(archive: Uint8Array, by: Replacing): Promise<RulesState>;
}

/** What keeps a newer rule set from its place, by the names that readiness and metrics have for it. */
export function rulesWarnings(failure: RulesFailure | undefined): { name: string; message: string }[] {
  if (failure === undefined) return [];
  const { message, older } = failure;
  return [
    { name: 'rules-update', message },
    ...(older === undefined ? [] : [{ name: 'rules-older', message }]),
  ];
}

export interface Allowing {
  /** of a bundle that is older than what was taken in last */
  digest: string;
  reason: string;
  actor: Replacing['actor'];
}

export interface Replacing {
  actor: { user: string; groups: string[]; door: string };
  check: (inForce: string | undefined) => void;
}
