// SPDX-License-Identifier: Apache-2.0
export { BUNDLE_FILES, type BundleFiles, SHIPPED_BUNDLE } from './bundle.ts';
export {
  isExceptable,
  isProfile,
  PROFILES,
  type Profile,
  type RuleEntry,
  type RuleMode,
} from './catalogue.ts';
export type { HostBuiltins, Limits } from './evaluator.ts';
export type { RuleException } from './exceptions.ts';
export type { Organisation } from './organisation.ts';
export {
  ARCHIVE_NAME,
  archiveEntries,
  packBundle,
  readBundle,
  type SignaturePolicy,
  unpackBundle,
} from './read-bundle.ts';
export { replaceFile } from './replace-file.ts';
export { type RuleCost, type RuleCosts, ruleCosts } from './rule-costs.ts';
export { type OpenRuleset, openRuleset, type RulesetOptions, rulesCatalogue } from './ruleset.ts';
export { SIGNATURES_FILE, type Signer, signatureFor, type Trust } from './signature.ts';
export { trustFrom } from './trust.ts';
