// SPDX-License-Identifier: Apache-2.0
import type { AuditRecord } from '../model/audit-record.ts';

/** Undefined for bytes that are no JSON object; its members are whatever they are. */
export function parsedRecord(bytes: string): AuditRecord | undefined {
  try {
    const value: unknown = JSON.parse(bytes);
    return typeof value === 'object' && value !== null ? (value as AuditRecord) : undefined;
  } catch {
    return undefined;
  }
}
