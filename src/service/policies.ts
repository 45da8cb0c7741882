// SPDX-License-Identifier: Apache-2.0
/**
 * Changes to what is asked for. Order of every change: precondition, decision (recorded), the change itself in the
 * audit log, the store, and only then the answer and a nudge to the reconciler. Changes run one after the other.
 */
import type { AuditLog } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { Decision, Door, Mode, Operation } from '../model/decision.ts';
import { type Intake, intakeObject } from '../model/intake.ts';
import type { JudgedFor } from '../model/receipt.ts';
import type { Subject } from '../model/subject.ts';
import type { PolicyRecord, Store } from '../store/index.ts';
import { difference } from './difference.ts';
import { initialMode } from './effective-mode.ts';
import { actorOf, keyOf } from './recorded.ts';
import { type ReviewDeps, review } from './review.ts';
import type { ReviewOutcome } from './review-request.ts';

export interface ChangeRequest {
  door: Door;
  subject: Subject;
  reason?: string;
  dryRun?: boolean;
  /** the revision the caller last saw; 0: only if there is none. Undefined: whatever is there */
  ifRevision?: number;
}

export interface ApplyRequest extends ChangeRequest {
  intake: Intake;
}

export interface AlterRequest extends ChangeRequest {
  key: string;
  enabled?: boolean;
  mode?: Mode;
}

export interface RetireRequest extends ChangeRequest {
  key: string;
}

export interface Changed {
  decision: Decision;
  /** as it is now; of a dry run, as it would be */
  record: PolicyRecord;
  created: boolean;
  changed: boolean;
}

export interface PoliciesDeps extends ReviewDeps {
  audit: AuditLog;
  store: Store;
  /** told after each change that hosts have something to learn */
  onChange: () => void;
}

export class Policies {
  readonly #deps: PoliciesDeps;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(deps: PoliciesDeps) {
    this.#deps = deps;
  }

  apply(request: ApplyRequest): Promise<Changed> {
    return this.#inTurn(() => this.#apply(request));
  }

  alter(request: AlterRequest): Promise<Changed> {
    return this.#inTurn(() => this.#alter(request));
  }

  retire(request: RetireRequest): Promise<Changed> {
    return this.#inTurn(() => this.#retire(request));
  }

  async #apply(request: ApplyRequest): Promise<Changed> {
    const { intake } = request;
    const current = this.#deps.store.get(keyOf(intake));
    checkRevision(request, keyOf(intake), current);
    const operation = current === undefined ? 'create' : 'update';
    const { decision, judged } = await this.#decide(request, {
      operation,
      intake,
      current,
      mode: current?.mode,
    });
    if (!intake.valid) throw new Fault('invalid', invalidMessage(decision), { details: { decision } });
    const profile = decision.rules.profile;
    const mode = current?.mode ?? initialMode(profile, request.subject);
    const { document, digest, identity } = intake;
    const base = current ?? { key: keyOf(intake), enabled: true, created: decision.time };
    const next = { ...base, ...identity, document, digest, mode };
    const record = this.#revised(next, { decision, judged, operation });
    if (current?.digest === digest && sameExceptions(current.judged, judged))
      return { decision, record: current, created: false, changed: false };
    return this.#commit(request, { type: 'policy.applied', decision, current, record });
  }

  async #alter(request: AlterRequest): Promise<Changed> {
    const current = this.#mustHave(request.key);
    checkRevision(request, request.key, current);
    const mode = request.mode ?? current.mode;
    const intake = intakeObject(current.document);
    const { decision, judged } = await this.#decide(request, { operation: 'update', intake, current, mode });
    const enabled = request.enabled ?? current.enabled;
    if (mode === current.mode && enabled === current.enabled) {
      return { decision, record: current, created: false, changed: false };
    }
    const record = this.#revised({ ...current, mode, enabled }, { decision, judged, operation: 'update' });
    return this.#commit(request, { type: 'policy.changed', decision, current, record });
  }

  async #retire(request: RetireRequest): Promise<Changed> {
    const current = this.#mustHave(request.key);
    checkRevision(request, request.key, current);
    const intake = intakeObject(current.document);
    const { decision, judged } = await this.#decide(request, {
      operation: 'delete',
      intake,
      mode: current.mode,
    });
    const record = this.#revised(current, { decision, judged, operation: 'delete' });
    return this.#commit(request, { type: 'policy.retired', decision, current, record });
  }

  async #decide(request: ChangeRequest, what: Deciding): Promise<ReviewOutcome> {
    const { door, subject, reason, dryRun } = request;
    const { operation, intake, current, mode } = what;
    const outcome = await review(
      {
        ...{ door, subject, operation, intake },
        ...(current === undefined ? {} : { old: intakeObject(current.document) }),
        ...(mode === undefined ? {} : { recordMode: mode }),
        ...(reason === undefined ? {} : { reason }),
        ...(dryRun === undefined ? {} : { dryRun }),
      },
      this.#deps,
    );
    const { decision } = outcome;
    if (decision.allowed || !intake.valid) return outcome;
    throw new Fault('forbidden', deniedMessage(decision), { details: { decision } });
  }

  #revised(
    next: Omit<PolicyRecord, Decided> & Partial<PolicyRecord>,
    by: { decision: Decision; judged: JudgedFor | undefined; operation: Operation },
  ): PolicyRecord {
    const { judged: _, ...kept } = next;
    return {
      ...kept,
      ...(by.judged === undefined ? {} : { judged: by.judged }),
      revision: this.#deps.store.lastRevision(next.key) + 1,
      operation: by.operation,
      decisionId: by.decision.id,
      rulesDigest: by.decision.rules.digest,
      updated: by.decision.time,
    };
  }

  /** Writes the log first: a change that is not in the store although it is logged says so in a record of its own. */
  #commit(request: ChangeRequest, what: Committing): Changed {
    const { decision, current, record } = what;
    const created = record.operation === 'create';
    if (request.dryRun === true) return { decision, record, created, changed: true };
    const { store, audit, onChange } = this.#deps;
    audit.append([
      { type: what.type, actor: actorOf(request), object: record.key, body: changeBody(request, what) },
    ]);
    this.#useUp(decision, record);
    try {
      const change = { record, actor: { user: request.subject.user, groups: request.subject.groups } };
      const explained = request.reason === undefined ? change : { ...change, reason: request.reason };
      if (record.operation === 'delete') store.remove(explained);
      else store.put(explained);
    } catch (thrown) {
      const { code, message } = asFault(thrown);
      audit.append([
        { type: 'policy.failed', object: record.key, body: { revision: record.revision, code, message } },
      ]);
      throw thrown;
    }
    onChange();
    return { decision, record, created: current === undefined, changed: true };
  }

  /** An approval is good for one change: used before that is stored, for one that is lost may be given again. */
  #useUp({ id, effectiveMode }: Decision, { key, judged, operation }: PolicyRecord): void {
    const approvals = judged?.approvals?.map((approval) => approval.id) ?? [];
    if (approvals.length === 0 || effectiveMode !== 'enforce' || operation === 'delete') return;
    this.#deps.audit.append([
      { type: 'policy.approval-used', object: key, body: { decisionId: id, approvals } },
    ]);
    this.#deps.store.approvals.use(approvals, id);
  }

  #mustHave(key: string): PolicyRecord {
    const record = this.#deps.store.get(key);
    if (record !== undefined) return record;
    throw new Fault('not-found', `there is no policy ${key}: list them with \`tracegate policy list\``);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}

/** What a new revision always takes from the decision that allowed it. */
type Decided = 'revision' | 'operation' | 'decisionId' | 'rulesDigest' | 'updated';

interface Deciding {
  operation: Operation;
  intake: Intake;
  current?: PolicyRecord | undefined;
  mode: Mode | undefined;
}

interface Committing {
  type: string;
  decision: Decision;
  current: PolicyRecord | undefined;
  record: PolicyRecord;
}

function changeBody(
  request: ChangeRequest,
  { decision, current, record }: Committing,
): Record<string, unknown> {
  const before = current === undefined ? undefined : view(current);
  const after = record.operation === 'delete' ? undefined : view(record);
  return {
    revision: record.revision,
    operation: record.operation,
    decisionId: decision.id,
    rulesDigest: decision.rules.digest,
    digestBefore: current?.digest,
    digestAfter: after === undefined ? undefined : record.digest,
    reason: request.reason,
    difference: difference(before, after),
  };
}

/** Sent again under other exceptions, the same document is another order: hosts look at both. */
function sameExceptions(before: JudgedFor | undefined, now: JudgedFor | undefined): boolean {
  const ids = (judged: JudgedFor | undefined) => judged?.exceptions?.map(({ id }) => id) ?? [];
  return ids(before).join() === ids(now).join();
}

function view({ document, mode, enabled }: PolicyRecord): unknown {
  return { document, mode, enabled };
}

function checkRevision({ ifRevision }: ChangeRequest, key: string, current: PolicyRecord | undefined): void {
  if (ifRevision === undefined || ifRevision === (current?.revision ?? 0)) return;
  const now = current === undefined ? 'there is none' : `it is at revision ${current.revision}`;
  throw new Fault(
    'stale',
    `${key}: ${now}, not at ${ifRevision}. Read it again and repeat the change on what it is now`,
  );
}

function deniedMessage(decision: Decision): string {
  const denials = decision.findings.filter((finding) => finding.severity === 'deny');
  return `denied by ${denials.map((finding) => `${finding.rule}: ${finding.message}`).join('; ')}`;
}

function invalidMessage(decision: Decision): string {
  const [first, ...more] = decision.findings;
  const rest = more.length === 0 ? '' : ` (and ${more.length} more)`;
  return `not a valid TracingPolicy: ${first?.path || 'the document'}: ${first?.message}${rest}`;
}
