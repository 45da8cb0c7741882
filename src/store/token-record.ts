// SPDX-License-Identifier: Apache-2.0
/** A bearer token as it is kept: who it stands for, and a hash; the token itself is shown once and never stored. */
export interface TokenRecord {
  id: string;
  /** hex SHA-256 of the secret part */
  hash: string;
  user: string;
  groups: string[];
  created: string;
  createdBy: string;
  expires?: string;
  revoked?: string;
}
