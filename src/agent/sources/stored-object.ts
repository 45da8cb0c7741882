// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../../errors.ts';
import type { ObjectIdentity } from './policy-sink.ts';

/** An object as it lies in the API server: only what has to be known to follow it is named. */
export interface StoredObject {
  apiVersion?: string;
  kind?: string;
  metadata?: { name?: string; namespace?: string; uid?: string; resourceVersion?: string };
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Throws Fault `unreadable` for an object that does not say which one it is. */
export function identityOf(kind: string, object: StoredObject): ObjectIdentity {
  const { name, namespace, uid, resourceVersion } = isPlainObject(object.metadata) ? object.metadata : {};
  if (typeof name !== 'string' || typeof uid !== 'string' || typeof resourceVersion !== 'string')
    throw new Fault('unreadable', `a ${kind} from the API server has no name, uid or resourceVersion`);
  // of policies as everywhere else: `policyKey`
  const key = typeof namespace === 'string' && namespace !== '' ? `${namespace}/${name}` : name;
  return { key, uid, resourceVersion };
}
