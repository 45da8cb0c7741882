// SPDX-License-Identifier: Apache-2.0
/** Label selectors, as Kubernetes reads them: every requirement has to hold. */
export interface LabelRequirement {
  key: string;
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /** none for Exists and DoesNotExist; in order, none twice */
  values: string[];
}

export type Labels = Readonly<Record<string, string>>;

/** What is not there is in no list: NotIn holds for it. */
export function requirementHolds({ key, operator, values }: LabelRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** No requirements hold for everything. */
export function labelsMatch(requirements: readonly LabelRequirement[], labels: Labels): boolean {
  return requirements.every((requirement) => requirementHolds(requirement, labels));
}
