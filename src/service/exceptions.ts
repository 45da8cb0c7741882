// SPDX-License-Identifier: Apache-2.0
/** Exceptions from asking to their end: asked for by one, approved by another, revoked by either; each step in the audit log. */
import { randomBytes } from 'node:crypto';
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import { isExceptable, type RuleEntry } from '../guardrails/index.ts';
import { APPROVER_GROUP } from '../model/approval.ts';
import type { Door } from '../model/decision.ts';
import {
  covers,
  EXCEPTION_DAYS_MAX,
  type ExceptionScope,
  type ExceptionWho,
  type PolicyException,
} from '../model/exception.ts';
import { suggestion } from '../model/near-match.ts';
import { PLATFORM_GROUPS, type Subject } from '../model/subject.ts';
import type { ExceptionRecord, PolicyRecord, Store } from '../store/index.ts';
import type { About } from './review.ts';

export interface NewException {
  rule: string;
  scope?: ExceptionScope;
  who?: ExceptionWho;
  ticket: string;
  reason: string;
  /** RFC 3339 */
  expires: string;
  /** must be whoever asks, where it is given at all: nobody is named a requester who was not there to ask */
  requester?: string;
}

export type ExceptionState = 'requested' | 'in force' | 'expired' | 'revoked';
export type ExceptionView = ExceptionRecord & { state: ExceptionState };

export interface ExceptionsDeps {
  store: Store;
  audit: AuditLog;
  now: () => Date;
  /** of the rules in force */
  catalogue: () => readonly RuleEntry[] | undefined;
  /** hosts are to learn of it */
  onChange?: () => void;
}

export interface By {
  subject: Subject;
  door?: Door;
}

/** What one person may have waiting for an approval. */
const WAITING_MAX = 100;

export class Exceptions {
  readonly #deps: ExceptionsDeps;

  constructor(deps: ExceptionsDeps) {
    this.#deps = deps;
  }

  add(wanted: NewException, by: By): ExceptionView {
    const { store, now } = this.#deps;
    const created = now();
    this.#checkRule(wanted.rule);
    const { scope = {}, who = {}, rule, ticket, reason } = wanted;
    checkAbout(scope, who);
    const asker = by.subject.user;
    checkRequester(wanted.requester, asker);
    this.#checkWaiting(asker);
    const record: ExceptionRecord = {
      id: `ex-${randomBytes(6).toString('hex')}`,
      ...{ rule, scope, who, requester: asker, ticket, reason, expires: endOf(wanted.expires, created) },
      created: created.toISOString(),
    };
    this.#note('exception.requested', record, by);
    store.exceptions.add(record);
    return this.#view(record);
  }

  approve(id: string, by: By): ExceptionView {
    const record = this.#mustFind(id);
    const { state } = this.#view(record);
    if (state !== 'requested') throw new Fault('conflict', `the exception ${id} is ${state} already`);
    checkApprover(by.subject, record.requester);
    const time = this.#deps.now().toISOString();
    const approved = { ...record, approver: by.subject.user, approved: time };
    this.#note('exception.approved', approved, by);
    if (!this.#deps.store.exceptions.approve(id, by.subject.user, time))
      throw new Fault('conflict', `the exception ${id} was changed meanwhile: look again`);
    return this.#view(approved);
  }

  /** At once: what it let pass is judged as ever from now on. */
  revoke(id: string, by: By): ExceptionView {
    const record = this.#mustFind(id);
    if (record.requester !== by.subject.user && !mayApprove(by.subject))
      throw new Fault(
        'forbidden',
        `the exception ${id} is revoked by ${record.requester}, or by who may approve it`,
      );
    if (record.revoked !== undefined) return this.#view(record);
    const time = this.#deps.now().toISOString();
    this.#note('exception.revoked', record, by);
    this.#deps.store.exceptions.revoke(id, by.subject.user, time);
    this.#deps.onChange?.();
    return this.#view({ ...record, revoked: time, revokedBy: by.subject.user });
  }

  list(): ExceptionView[] {
    return this.#deps.store.exceptions.list().map((record) => this.#view(record));
  }

  /** Those that are about a submission. */
  about({ policy, subject, time }: About): PolicyException[] {
    const inForce = this.#deps.store.exceptions.inForce(time);
    return inForce.filter((one) => covers(one, { policy, subject })).map(plain);
  }

  /** Those that a stored policy was judged with, as they are now. */
  behind({
    judged,
  }: Pick<PolicyRecord, 'judged'>): Pick<ExceptionView, 'id' | 'rule' | 'expires' | 'state'>[] {
    const known = (judged?.exceptions ?? []).flatMap(({ id }) => this.#deps.store.exceptions.find(id) ?? []);
    return known.map((record) => {
      const { id, rule, expires, state } = this.#view(record);
      return { id, rule, expires, state };
    });
  }

  #view(record: ExceptionRecord): ExceptionView {
    const isOver = Date.parse(record.expires) <= this.#deps.now().getTime();
    const open = record.approved === undefined ? 'requested' : 'in force';
    const state = record.revoked !== undefined ? 'revoked' : isOver ? 'expired' : open;
    return { ...record, state };
  }

  #mustFind(id: string): ExceptionRecord {
    const record = this.#deps.store.exceptions.find(id);
    if (record !== undefined) return record;
    throw new Fault('not-found', `there is no exception ${id}: list them with \`tracegate exceptions list\``);
  }

  #checkRule(id: string): void {
    const catalogue = this.#deps.catalogue();
    if (catalogue === undefined) return;
    const rule = catalogue.find((one) => one.id === id);
    const ids = catalogue.map((one) => one.id);
    if (rule === undefined)
      throw new Fault('bad-request', `there is no rule ${id.slice(0, 60)}: ${suggestion(id, ids)}`);
    if (!isExceptable(rule))
      throw new Fault(
        'bad-request',
        `nobody is excepted from ${id} (${rule.title}): it keeps hosts or their guard alive`,
      );
  }

  #checkWaiting(user: string): void {
    const waiting = this.list().filter((one) => one.state === 'requested' && one.requester === user);
    if (waiting.length >= WAITING_MAX)
      throw new Fault('conflict', `${user} has ${WAITING_MAX} exceptions waiting already: revoke some`);
  }

  #note(type: string, { created: _, approved: __, ...exception }: ExceptionRecord, by: By): void {
    const { user, groups } = by.subject;
    const actor = { user, groups, ...(by.door && { door: by.door }) };
    this.#deps.audit.append([{ type, object: exception.id, actor, body: { exception } }]);
  }
}

/** Who may say yes to what others ask for. */
export function mayApprove({ groups }: Subject): boolean {
  return groups.some((group) => group === APPROVER_GROUP || PLATFORM_GROUPS.includes(group));
}

export function checkApprover(subject: Subject, requester: string): void {
  if (!mayApprove(subject))
    throw new Fault(
      'forbidden',
      `${subject.user} may not approve: it needs the group ${APPROVER_GROUP} or tracegate:platform`,
    );
  if (subject.user === requester)
    throw new Fault(
      'forbidden',
      `${requester} asked for it, or wrote it, so somebody else has to approve: a second person is the point`,
    );
}

/** Two people are two who showed who they are: an approver's word for another would make one of them. */
function checkRequester(named: string | undefined, asker: string): void {
  if (named === undefined || named === asker) return;
  throw new Fault(
    'forbidden',
    `${asker} asks, so ${named.slice(0, 60)} cannot be its requester: let them ask, and approve what they asked for`,
  );
}

function checkAbout(scope: ExceptionScope, who: ExceptionWho): void {
  const lists = [scope.policies, scope.namespaces, who.users, who.groups];
  if (lists.some((list) => list !== undefined && list.length > 0)) return;
  throw new Fault(
    'bad-request',
    'an exception is about something: name policies, namespaces, users or groups',
  );
}

function endOf(expires: string, now: Date): string {
  const endMs = Date.parse(expires);
  const latestMs = now.getTime() + EXCEPTION_DAYS_MAX * 86_400_000;
  if (endMs > now.getTime() && endMs <= latestMs) return new Date(endMs).toISOString();
  throw new Fault(
    'bad-request',
    `an exception ends at a time to come, within ${EXCEPTION_DAYS_MAX} days: ${expires} is none`,
  );
}

function plain(record: ExceptionRecord): PolicyException {
  const { id, rule, scope, who, requester, approver = '', ticket, reason, expires } = record;
  return { id, rule, scope, who, requester, approver, ticket, reason, expires };
}
