// SPDX-License-Identifier: Apache-2.0
/** What a source of stored policies hands over, and to whom. */
import type { PolicyKind } from '../../model/document.ts';

/** One state of one stored object. A name that comes back with another uid is another object. */
export interface ObjectIdentity {
  /** as everywhere else: `name` or `namespace/name` */
  key: string;
  uid: string;
  resourceVersion: string;
}

/**
 * Calls come one at a time. What a call throws is reported, and the call made again later with the newest state; what
 * is final (a denial) must not be thrown.
 */
export interface PolicySink {
  put(document: unknown, identity: ObjectIdentity): Promise<void>;
  /** Also called for an object whose `put` failed: it may have come half through. */
  remove(identity: ObjectIdentity): Promise<void>;
  /** After each full list of a kind: these are stored, and no others. */
  listed?(kind: PolicyKind, keys: ReadonlySet<string>): Promise<void>;
}
