// SPDX-License-Identifier: Apache-2.0
/** Who asks, as Kubernetes names it (`userInfo`) or as our own doors authenticated it. */
export interface Subject {
  user: string;
  groups: string[];
  uid?: string;
  extra?: Record<string, string[]>;
}

export const PLATFORM_GROUPS: readonly string[] = ['system:masters', 'tracegate:platform'];
export const ENFORCER_GROUP = 'tracegate:enforcers';
