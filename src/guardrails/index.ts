// SPDX-License-Identifier: Apache-2.0
export { BUNDLE_FILES, type BundleFiles, readBundle, SHIPPED_BUNDLE } from './bundle.ts';
export { PROFILES, type Profile, type RuleEntry, type RuleMode } from './catalogue.ts';
export type { HostBuiltins, Limits } from './evaluator.ts';
export type { Organisation, RuleException } from './organisation.ts';
export { type OpenRuleset, openRuleset, type RulesetOptions, rulesCatalogue } from './ruleset.ts';
