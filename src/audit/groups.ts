// SPDX-License-Identifier: Apache-2.0
/** Who waits for records to be written, and who for written ones to be on the disk: answered in the order they came. */
import type { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { Extension } from './extend.ts';
import type { AuditEntry } from './record-bytes.ts';

export interface Asked {
  entries: AuditEntry[];
  resolve: (records: AuditRecord[]) => void;
  reject: (fault: Fault) => void;
}

/** What one commit wrote. */
export interface Group {
  extension: Extension;
  /** its records, without those of the log's own that go before them */
  records: AuditRecord[];
  asked: Asked[];
}

export class Groups {
  #asked: Asked[] = [];
  #written: Group[] = [];

  ask(asked: Asked): void {
    this.#asked.push(asked);
  }

  get askedCount(): number {
    return this.#asked.length;
  }

  takeAsked(): Asked[] {
    const asked = this.#asked;
    this.#asked = [];
    return asked;
  }

  wrote(group: Group): void {
    this.#written.push(group);
  }

  /** Of those that are written and not known to be on the disk. */
  get newest(): Group | undefined {
    return this.#written.at(-1);
  }

  get heads(): SignedHead[] {
    return this.#written.map(({ extension }) => extension.head);
  }

  /** Answers whoever waits for a group or one before it; with those groups, none where somebody was before. */
  durable(upTo: Group): Group[] {
    const groups = this.#written.splice(0, this.#written.indexOf(upTo) + 1);
    for (const { asked, records } of groups) {
      let at = 0;
      for (const { entries, resolve } of asked) {
        resolve(records.slice(at, at + entries.length));
        at += entries.length;
      }
    }
    return groups;
  }

  /** Written, and perhaps on the disk; nobody can say. */
  refuse(fault: Fault): void {
    for (const { asked } of this.#written.splice(0)) for (const { reject } of asked) reject(fault);
  }
}
