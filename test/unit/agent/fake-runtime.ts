// SPDX-License-Identifier: Apache-2.0
/** What the agent asks of a runtime, without a kernel: remembers what is loaded, refuses what it is told to. */

import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, type AgentDeps } from '../../../src/agent/agent.ts';
import { ReceiptCheck } from '../../../src/agent/receipt-check.ts';
import { type AuditLog, openAuditLog } from '../../../src/audit/index.ts';
import { Fault } from '../../../src/errors.ts';
import type { PolicyOrder } from '../../../src/model/agent-port.ts';
import type { PolicyDocument } from '../../../src/model/document.ts';
import type { HostFacts } from '../../../src/model/facts.ts';
import { intakeObject } from '../../../src/model/intake.ts';
import type { Ruleset } from '../../../src/model/judge.ts';
import { type Receipt, type ReceiptBody, signReceipt } from '../../../src/model/receipt.ts';
import type { SelectorCount } from '../../../src/model/status.ts';
import type { Plan } from '../../../src/plan/plan.ts';
import type { LoadRequest } from '../../../src/runtime/describe-policy.ts';
import type { Drift } from '../../../src/runtime/drift.ts';
import type { HostSuspension } from '../../../src/runtime/host-switch.ts';
import type { LoadedPolicy } from '../../../src/runtime/loaded-policy.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { FULL, factsOf, type Kernel } from '../plan/host-facts.ts';
import { freshDirectory, policy } from '../service/gate-under-test.ts';

export class FakeRuntime {
  readonly loaded = new Map<string, LoadedPolicy>();
  readonly calls: string[] = [];
  kernel: Kernel = FULL;
  /** the kernel's next answer to a load */
  says: string | undefined;
  exhausted = false;

  policies(): LoadedPolicy[] {
    return [...this.loaded.values()];
  }

  facts(): HostFacts {
    return factsOf(this.kernel);
  }

  load({ plan, key, revision, decisionId, mode, suspended }: LoadRequest): LoadedPolicy {
    this.calls.push(`load ${key} ${revision} ${mode}${suspended ? ' suspended' : ''}`);
    if (this.says !== undefined) throw new Fault('kernel', this.says);
    const hooks = plan.hooks.map((h, i) => ({
      ...{ hookId: i, report: h.report, tags: [] },
      status: {
        ...{ hook: h.hook.call, state: h.absent ? ('missing' as const) : ('loaded' as const) },
        ...{ mechanism: h.mechanism, guarantee: h.guarantee, racy: h.racy },
      },
    }));
    const { name, digest } = plan.policy;
    const known = { key, name, digest, revision, decisionId, slot: 0, generation: 1, mode, hooks };
    const policy = { ...known, pins: [], ...(suspended && { suspended }) };
    this.loaded.set(key, policy);
    this.outdated.delete(key);
    this.drifts = this.drifts.filter((drift) => drift.key !== key);
    return policy;
  }

  rehearse({ policy }: Plan): void {
    this.calls.push(`rehearse ${policy.name}`);
    if (this.says !== undefined) throw new Fault('kernel', this.says);
  }

  /** what another version loaded */
  readonly outdated = new Set<string>();

  isCurrent({ key }: LoadedPolicy): boolean {
    return !this.outdated.has(key);
  }

  unload(key: string): void {
    this.calls.push(`unload ${key}`);
    this.loaded.delete(key);
  }

  setMode(key: string, mode: LoadedPolicy['mode'], revision?: number): void {
    this.calls.push(`mode ${key} ${mode}`);
    Object.assign(this.loaded.get(key) ?? {}, { mode, ...(revision !== undefined && { revision }) });
  }

  readonly cgroups = { members: () => undefined };

  /** as the kernel and the pins' folder have it */
  kernelHost: HostSuspension = { suspended: false, untilNs: '0', unloaded: false, fresh: false };

  readonly host = {
    state: (): HostSuspension => this.kernelHost,
    suspend: (forMs?: number): void => {
      this.calls.push(`suspend all ${forMs ?? 'for good'}`);
      const { unloaded, fresh } = this.kernelHost;
      this.kernelHost = { suspended: true, untilNs: String(forMs ?? 0), unloaded, fresh };
      if (forMs !== undefined) this.kernelHost.leftMs = forMs;
    },
    resume: (): void => {
      this.calls.push('resume all');
      this.kernelHost = { suspended: false, untilNs: '0', unloaded: false, fresh: this.kernelHost.fresh };
    },
    restored: (): void => {
      this.kernelHost.fresh = false;
    },
    markUnloaded: (): void => {
      this.calls.push('mark unloaded');
      this.kernelHost.unloaded = true;
    },
  };

  suspendPolicy(key: string, suspended: boolean): void {
    this.calls.push(`${suspended ? 'suspend' : 'resume'} ${key}`);
    Object.assign(this.loaded.get(key) ?? {}, { suspended });
  }

  /** What tracegate-off --unload does to it. */
  takeOut(): void {
    this.kernelHost = { suspended: true, untilNs: '0', unloaded: true, fresh: false };
  }

  forgetUnpinned(): string[] {
    const gone = this.kernelHost.unloaded ? [...this.loaded.keys()] : [];
    this.loaded.clear();
    return gone;
  }

  /** what somebody did past the agent; a load anew puts links right */
  drifts: Drift[] = [];

  drift(): Drift[] {
    return this.drifts;
  }

  wouldHaveOf: SelectorCount[][] = [];

  countsOf() {
    return { counters: this.counters(), wouldHave: this.wouldHaveOf };
  }

  counters() {
    return {
      posted: 1,
      killed: 0,
      denied: 0,
      wouldHave: 0,
      suppressed: 0,
      throttled: 0,
      aggregated: 0,
      lost: 0,
      exhausted: this.exhausted,
    };
  }
}

export const NOW = new Date('2026-01-01T12:00:00Z');
export const HOST = 'node-1';

export interface AgentUnderTest {
  agent: Agent;
  runtime: FakeRuntime;
  audit: AuditLog;
  /** what the rules of this host say of the next policies */
  rules: { deny?: string };
  order(document: object, parts?: Partial<PolicyOrder>, body?: Partial<ReceiptBody>): PolicyOrder;
  receipt(body: Partial<ReceiptBody>): Receipt;
  /** what the clock says, from now on */
  clock: { now: Date };
  /** another agent over the same log and kernel, as after a restart */
  restarted(): Agent;
}

function rulesetOf(rules: { deny?: string }): Ruleset {
  const report = { digest: 'sha256:r', revision: '1', profile: 'baseline', total: 1 };
  return {
    ...report,
    judge: () => ({
      allowed: rules.deny === undefined,
      findings:
        rules.deny === undefined ? [] : [{ rule: 'ORG-1', severity: 'deny', path: '', message: rules.deny }],
      rules: { ...report, evaluated: 1, notApplicable: 0 },
    }),
  };
}

export function agentUnderTest(more: Pick<AgentDeps, 'node'> = {}): AgentUnderTest {
  const directory = freshDirectory();
  const keys = generateKeyPairSync('ed25519');
  const keyFile = join(directory, 'receipt.pub');
  writeFileSync(keyFile, keys.publicKey.export({ type: 'spki', format: 'pem' }));
  const audit = openAuditLog({
    ...{ path: join(directory, 'agent.db'), keyPath: join(directory, 'agent.key'), kind: 'agent' },
  });
  const runtime = new FakeRuntime();
  const rules: { deny?: string } = {};
  const clock = { now: NOW };
  const deps = {
    runtime: runtime as unknown as Runtime,
    ...{ audit, ruleset: rulesetOf(rules), now: () => clock.now },
    receipts: new ReceiptCheck(keyFile, HOST, () => NOW),
    ...more,
  };
  const receipt = (body: Partial<ReceiptBody>): Receipt =>
    signReceipt(
      {
        ...{ version: 1, decisionId: 'd1', operation: 'create', key: 'a', digest: '', revision: 1 },
        ...{ host: '*', rulesDigest: 'sha256:r', issued: '2026-01-01T11:59:00Z' },
        ...{ expires: '2026-01-01T12:10:00Z' },
        ...body,
      },
      keys,
    );
  const order: AgentUnderTest['order'] = (document, parts = {}, body = {}) => {
    const revision = parts.revision ?? 1;
    const { digest } = intakeObject(document);
    const key = parts.key ?? 'a';
    return {
      ...{ key, revision, document: document as PolicyDocument, mode: 'enforce', enabled: true },
      receipt: receipt({ key, revision, digest, ...body }),
      ...parts,
    };
  };
  const restarted = () => new Agent(deps);
  return { agent: new Agent(deps), runtime, audit, rules, clock, order, receipt, restarted };
}

export const document = (path = '/etc/passwd') => policy('a', { action: 'Sigkill' }, path);
