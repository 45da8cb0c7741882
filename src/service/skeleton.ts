// SPDX-License-Identifier: Apache-2.0
import type { Intake } from '../model/intake.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';

/**
 * The normal form of what is already stored. A stored document our language does not cover (it was there before
 * us) must still be possible to delete or replace: then who asks and what it is called are judged, without hooks.
 */
export function storedNormal(stored: Intake): NormalPolicy {
  if (stored.valid) return stored.normal;
  const { kind, name, namespace } = stored.identity;
  const inNamespace = kind === 'TracingPolicyNamespaced' ? { namespace: namespace ?? 'default' } : {};
  const nothing = { labels: {}, annotations: {}, options: [], hooks: [], scopes: [] };
  return { kind, name, ...inNamespace, digest: stored.digest, ...nothing };
}
