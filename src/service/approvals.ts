// SPDX-License-Identifier: Apache-2.0
/** That a second person wants a document enforced: bound to its digest, for a time, good for one change. */
import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import { APPROVAL_SECONDS_MAX, type Approval } from '../model/approval.ts';
import { policyKey } from '../model/document.ts';
import type { ApprovalRecord, Store } from '../store/index.ts';
import { type By, checkApprover } from './exceptions.ts';
import type { About } from './review.ts';

export interface NewApproval {
  key: string;
  digest: string;
  forSeconds?: number;
  reason?: string;
}

export interface ApprovalsDeps {
  store: Store;
  audit: AuditLog;
  now: () => Date;
}

const HOLDS_SECONDS = 7 * 86_400;

export class Approvals {
  readonly #deps: ApprovalsDeps;

  constructor(deps: ApprovalsDeps) {
    this.#deps = deps;
  }

  /** Of a document that is stored, or of one that is to take its place: whoever approves names it by its digest. */
  give({ key, digest, forSeconds = HOLDS_SECONDS, reason }: NewApproval, by: By): ApprovalRecord {
    const { store, now } = this.#deps;
    if (store.get(key) === undefined)
      throw new Fault('not-found', `there is no policy ${key}: list them with \`tracegate policy list\``);
    if (forSeconds > APPROVAL_SECONDS_MAX)
      throw new Fault('bad-request', `an approval holds for ${APPROVAL_SECONDS_MAX} seconds at most`);
    const { subject } = by;
    for (const author of this.#authorsOf(key, digest)) checkApprover(subject, author);
    checkApprover(subject, '');
    const created = now();
    const record: ApprovalRecord = {
      ...{ id: `ap-${randomBytes(6).toString('hex')}`, key, digest, approver: subject.user },
      ...(reason !== undefined && { reason }),
      created: created.toISOString(),
      until: new Date(created.getTime() + forSeconds * 1000).toISOString(),
    };
    const actor = { user: subject.user, groups: subject.groups, ...(by.door && { door: by.door }) };
    this.#deps.audit.append([{ type: 'policy.approved', object: key, actor, body: { approval: record } }]);
    store.approvals.add(record);
    return record;
  }

  /** newest first, used and expired ones too */
  list(key: string): ApprovalRecord[] {
    return this.#deps.store.approvals.list(key);
  }

  /** Those that count for a submission; nobody approves what he wrote himself, whoever submits it now. */
  about({ policy: { kind, name, namespace, digest }, time }: About): Approval[] {
    const key = policyKey({ kind, metadata: namespace === undefined ? { name } : { name, namespace } });
    const open = this.#deps.store.approvals.open({ key, digest, time });
    if (open.length === 0) return [];
    const authors = this.#authorsOf(key, digest);
    return open
      .filter(({ approver }) => !authors.has(approver))
      .map(({ id, approver, until }) => ({ id, key, digest, approver, until }));
  }

  #authorsOf(key: string, digest: string): Set<string> {
    const own = this.#deps.store.revisions(key).filter((revision) => revision.digest === digest);
    return new Set(own.slice(0, 1).map(({ actor }) => actor.user));
  }
}
