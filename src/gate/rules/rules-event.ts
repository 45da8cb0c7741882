// SPDX-License-Identifier: Apache-2.0
/** What is done to the rules in force, and by whom. */
import type { Found } from './origin.ts';

/** What happened, for the log and for the audit log. */
export interface RulesEvent {
  type: 'rules.replaced' | 'rules.refused' | 'rules.older-allowed';
  /** absent: nobody asked, it was found */
  actor?: Actor;
  body: Record<string, unknown>;
}

export interface Actor {
  user: string;
  groups: string[];
  door: string;
}

/** Somebody's word that an older bundle may come back. */
export interface Allowing {
  /** of the bundle, as its refusal names it */
  digest: string;
  reason: string;
  actor: Actor;
}

/** A bundle that somebody brings. */
export interface Brought {
  found: Found;
  source: string;
  actor: Actor;
  /** throws where it is not meant for what is in force */
  check: (inForce: string | undefined) => void;
}
