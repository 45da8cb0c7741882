// SPDX-License-Identifier: Apache-2.0
/**
 * RFC 8785 for values our readers made: JSON only, bounded in depth, strings well-formed. It is the package's result
 * at a third of its cost, which every review pays; a test holds the two together.
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const object = value as Record<string, unknown>;
  let members = '';
  // the order of UTF-16 code units, which is what sort() does
  for (const key of Object.keys(object).sort()) {
    const member = object[key];
    if (member !== undefined)
      members += `${members === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${members}}`;
}
