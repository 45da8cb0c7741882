// SPDX-License-Identifier: Apache-2.0
/** Everything a door may ask for. Doors authenticate, read and answer; what happens is decided here. */
import { type AuditEntry, type AuditLog, configEntries } from '../audit/index.ts';
import { asFault, Fault } from '../errors.ts';
import type { OpenRuleset, RuleEntry } from '../guardrails/index.ts';
import type { AgentPort } from '../model/agent-port.ts';
import type { LogName } from '../model/audit-keeping.ts';
import type { AuditFilter, AuditRecord, SignedHead } from '../model/audit-record.ts';
import type { BpfGatePort } from '../model/bpf-gate.ts';
import type { Decision } from '../model/decision.ts';
import type { Ruleset } from '../model/judge.ts';
import type { NormalPolicy } from '../model/normal-policy.ts';
import type { RulesState } from '../model/rules-state.ts';
import type { PolicyStatus } from '../model/status.ts';
import type { PolicyQuery, PolicyRecord, PolicyRevision, Store } from '../store/index.ts';
import { Approvals } from './approvals.ts';
import { AuditKeeping, agentWithLog } from './audit-keeping.ts';
import { BpfGuard } from './bpf-guard.ts';
import { decisionIn, type Given } from './decision-record.ts';
import { Exceptions } from './exceptions.ts';
import { givenFor } from './given.ts';
import { reconcilerOf } from './open-reconciler.ts';
import {
  type AlterRequest,
  type ApplyRequest,
  type Changed,
  Policies,
  type RetireRequest,
} from './policies.ts';
import { policyHistory, type RevisionHistory } from './policy-history.ts';
import type { Reconciler } from './reconciler.ts';
import { Refusals } from './refusals.ts';
import { type About, type Planned, review } from './review.ts';
import type { ReviewOutcome, ReviewRequest } from './review-request.ts';
import { type RulesPort, rulesWarnings } from './rules-port.ts';
import { type SinkView, sinkWarnings } from './sink-view.ts';
import { policyStatus } from './status.ts';
import { Suspensions } from './suspensions.ts';
import { Tokens } from './tokens.ts';

export interface ServiceDeps {
  store: Store;
  audit: AuditLog;
  /** throws Fault `could-not-judge` while there is no usable rule set */
  ruleset: () => Ruleset & Partial<Pick<OpenRuleset, 'catalogue' | 'modeOf'>>;
  /** where the rule set can be replaced while it judges */
  rules?: RulesPort;
  /** the Ed25519 key receipts are signed with; the agent trusts its public half */
  receiptKeyPath: string;
  agent?: AgentPort;
  /** the agent's other door */
  bpfGate?: BpfGatePort;
  planFor?: (policy: NormalPolicy) => Promise<Planned>;
  now?: () => Date;
  /** where copies of the log go, and how that goes */
  sinks?: () => SinkView[];
  /** what it goes by, as it may be shown */
  config?: Record<string, string | number>;
  reconcileIntervalMs?: number;
  onTrouble?: (fault: Fault) => void;
}

export interface DecisionQuery {
  after?: number;
  limit: number;
  policy?: string;
  user?: string;
}

export type RulesetView = Pick<Ruleset, 'digest' | 'revision' | 'profile' | 'total'> & Partial<RulesState>;
export type RuleView = RuleEntry & { mode?: string };

export interface Service {
  review(request: ReviewRequest): Promise<ReviewOutcome>;
  apply(request: ApplyRequest): Promise<Changed>;
  alter(request: AlterRequest): Promise<Changed>;
  retire(request: RetireRequest): Promise<Changed>;
  get(key: string): PolicyRecord;
  find(key: string): PolicyRecord | undefined;
  list(query: PolicyQuery): PolicyRecord[];
  history(key: string): PolicyRevision[];
  /** revisions beyond a number with what the log says of them */
  told(key: string, page: { after: number; limit: number }): { items: RevisionHistory[]; more: boolean };
  status(key: string): PolicyStatus;
  /** newest first, each with the number of its audit record */
  decisions(query: DecisionQuery): { seq: number; decision: Decision }[];
  decision(id: string): Decision;
  /** which rule set judges; throws Fault `could-not-judge` while there is none */
  ruleset(): RulesetView;
  /** the guardrails' metadata, each with the mode it has here */
  rules(): RuleView[];
  /** how the rule set is replaced; Fault `not-found` where it is fixed */
  bundle(): RulesPort;
  readonly audit: AuditLog;
  readonly tokens: Tokens;
  readonly suspensions: Suspensions;
  readonly exceptions: Exceptions;
  readonly approvals: Approvals;
  readonly bpfGuard: BpfGuard;
  readonly auditKeeping: AuditKeeping;
  readonly agent: AgentPort | undefined;
  /** records of one of the two logs; the agent's are asked for on its host */
  auditRecords(log: LogName, filter: AuditFilter): Promise<AuditRecord[]>;
  auditHead(log: LogName): Promise<SignedHead>;
  /** a refused log-in, an unreadable submission: written down within a budget */
  noteRefusal(entry: AuditEntry): void;
  /** what keeps the service from its work, in words; empty when it is ready */
  troubles(): { name: string; message: string }[];
  /** what should be looked after, and keeps nobody waiting */
  warnings(): { name: string; message: string }[];
  sinks(): SinkView[];
  start(): void;
  stop(): Promise<void>;
}

export function createService(deps: ServiceDeps): Service {
  return new GateService(deps);
}

class GateService implements Service {
  readonly audit: AuditLog;
  readonly tokens: Tokens;
  readonly suspensions: Suspensions;
  readonly exceptions: Exceptions;
  readonly approvals: Approvals;
  readonly bpfGuard: BpfGuard;
  readonly auditKeeping: AuditKeeping;
  readonly agent: AgentPort | undefined;
  readonly #deps: ServiceDeps & { now: () => Date; given: (about: About) => Given };
  readonly #policies: Policies;
  readonly #refusals: Refusals;
  readonly #reconciler: Reconciler | undefined;

  constructor(deps: ServiceDeps) {
    const now = deps.now ?? (() => new Date());
    const onChange = () => this.#reconciler?.kick();
    this.exceptions = new Exceptions({ ...deps, now, onChange, catalogue: () => deps.ruleset().catalogue });
    this.approvals = new Approvals({ ...deps, now });
    const statusesOf = (key: string) => this.#reconciler?.statusesOf(key) ?? [];
    this.#deps = {
      ...deps,
      now,
      given: (about) => givenFor(about, { ...this, store: deps.store, statusesOf }),
    };
    this.audit = deps.audit;
    this.agent = deps.agent;
    this.tokens = new Tokens(this.#deps);
    this.auditKeeping = new AuditKeeping(deps.audit, deps.agent);
    this.bpfGuard = new BpfGuard(deps.audit, deps.bpfGate);
    this.#refusals = new Refusals(deps.audit);
    this.suspensions = new Suspensions({ audit: deps.audit, agent: deps.agent, now, onChange });
    this.#reconciler = reconcilerOf(this.#deps, this.suspensions);
    this.#policies = new Policies({ ...this.#deps, onChange });
  }

  review(request: ReviewRequest): Promise<ReviewOutcome> {
    return review(request, this.#deps);
  }

  apply(request: ApplyRequest): Promise<Changed> {
    return this.#policies.apply(request);
  }

  alter(request: AlterRequest): Promise<Changed> {
    return this.#policies.alter(request);
  }

  retire(request: RetireRequest): Promise<Changed> {
    return this.#policies.retire(request);
  }

  find(key: string): PolicyRecord | undefined {
    return this.#deps.store.get(key);
  }

  get(key: string): PolicyRecord {
    const record = this.find(key);
    if (record !== undefined) return record;
    throw new Fault('not-found', `there is no policy ${key}: list them with \`tracegate policy list\``);
  }

  list(query: PolicyQuery): PolicyRecord[] {
    return this.#deps.store.list(query);
  }

  history(key: string): PolicyRevision[] {
    const revisions = this.#deps.store.revisions(key);
    if (revisions.length > 0) return revisions;
    throw new Fault('not-found', `there never was a policy ${key}`);
  }

  told(key: string, { after, limit }: { after: number; limit: number }) {
    const all = this.history(key);
    const rest = all.filter(({ revision }) => revision > after);
    const before = all.findLast(({ revision }) => revision <= after);
    return { items: policyHistory(rest.slice(0, limit), before, this.audit), more: rest.length > limit };
  }

  status(key: string): PolicyStatus {
    const record = this.get(key);
    return policyStatus(record, {
      statuses: this.#reconciler?.statusesOf(key) ?? [],
      refusal: this.#reconciler?.faultOf(key, record.revision),
      away: this.#reconciler?.trouble(),
    });
  }

  decisions({ after, limit, policy, user }: DecisionQuery): { seq: number; decision: Decision }[] {
    const filter = {
      ...(after === undefined ? {} : { after }),
      ...(policy === undefined ? {} : { object: policy }),
    };
    const who = user === undefined ? {} : { actor: user };
    const records = this.audit.read({ type: 'decision', order: 'descending', limit, ...filter, ...who });
    return records.map((record) => ({ seq: record.seq, decision: decisionIn(record) }));
  }

  decision(id: string): Decision {
    const [record] = this.audit.read({ decision: id, limit: 1 });
    if (record !== undefined) return decisionIn(record);
    throw new Fault('not-found', `there is no decision ${id}`);
  }

  ruleset(): RulesetView {
    if (this.#deps.rules !== undefined) return this.#deps.rules.state();
    const { digest, revision, profile, total } = this.#deps.ruleset();
    return { digest, revision, profile, total };
  }

  bundle(): RulesPort {
    if (this.#deps.rules !== undefined) return this.#deps.rules;
    throw new Fault('not-found', 'the rule set of this gate is fixed');
  }

  warnings(): { name: string; message: string }[] {
    return [...rulesWarnings(this.#deps.rules?.failure()), ...sinkWarnings(this.sinks())];
  }

  sinks(): SinkView[] {
    return this.#deps.sinks?.() ?? [];
  }

  rules(): RuleView[] {
    const ruleset = this.#deps.ruleset();
    return (ruleset.catalogue ?? []).map((rule) => {
      const mode = ruleset.modeOf?.(rule.id);
      return mode === undefined ? rule : { ...rule, mode };
    });
  }

  async auditRecords(log: LogName, filter: AuditFilter): Promise<AuditRecord[]> {
    return log === 'gate' ? this.audit.read(filter) : agentWithLog(this.agent).auditRecords(filter);
  }

  async auditHead(log: LogName): Promise<SignedHead> {
    return log === 'gate' ? this.audit.head() : agentWithLog(this.agent).auditHead();
  }

  noteRefusal(entry: AuditEntry): void {
    this.#refusals.note(entry);
  }

  troubles(): { name: string; message: string }[] {
    const troubles: { name: string; message: string }[] = [];
    const audit = this.audit.trouble();
    if (audit !== undefined) troubles.push({ name: 'audit', message: audit });
    const contradiction = this.#reconciler?.contradiction();
    if (contradiction !== undefined) troubles.push({ name: 'audit-witness', message: contradiction.message });
    try {
      this.#deps.ruleset();
    } catch (thrown) {
      troubles.push({ name: 'rules', message: (thrown as Error).message });
    }
    return troubles;
  }

  start(): void {
    const changed = this.#deps.config ? configEntries(this.audit, this.#deps.config) : [];
    this.audit.append([{ type: 'gate.started', body: { rules: this.#rules() } }, ...changed]);
    this.#reconciler?.start();
  }

  /** A broken bundle does not keep the gate down: it answers "could not judge" until it gets another one. */
  #rules(): Record<string, unknown> {
    try {
      return { ...this.ruleset() };
    } catch (thrown) {
      return { missing: asFault(thrown).message };
    }
  }

  async stop(): Promise<void> {
    await this.#reconciler?.stop();
    this.#refusals.flush();
    this.audit.append([{ type: 'gate.stopped', body: {} }]);
  }
}
