// SPDX-License-Identifier: Apache-2.0

/** Which rule set judges, where it came from, and what keeps a newer one from taking its place. */
export interface RulesState {
  /** of the bundle; the decisions' `rules.digest` names the data and the profile as well */
  bundleDigest: string;
  digest: string;
  revision: string;
  /** grows with each bundle that is built; an older one takes no newer one's place unasked */
  generation?: number;
  profile: string;
  total: number;
  source: string;
  /** RFC 3339: since when it judges here */
  since: string;
  /** it was checked against the configured key */
  signatureChecked: boolean;
  failing?: RulesFailure;
}

export interface RulesFailure {
  /** RFC 3339: since when */
  since: string;
  /** how often it was tried in vain */
  attempts: number;
  code: string;
  message: string;
  /** the digest of a bundle that is refused for its age alone, to be allowed by */
  older?: string;
}
