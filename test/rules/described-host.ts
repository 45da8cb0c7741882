// SPDX-License-Identifier: Apache-2.0
/** A host whose kernel is described by facts: its agent is as it is, behind its socket; nothing is loaded into a kernel. */
import { join } from 'node:path';
import { after } from 'node:test';
import { Agent } from '../../src/agent/agent.ts';
import { ReceiptCheck } from '../../src/agent/receipt-check.ts';
import { serveAgent } from '../../src/agent/server.ts';
import { loadOrCreateSigningKey, openAuditLog, publicKeyPath } from '../../src/audit/index.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import type { AgentPort } from '../../src/model/agent-port.ts';
import type { HostFacts } from '../../src/model/facts.ts';
import type { ValidIntake } from '../../src/model/intake.ts';
import type { Ruleset, Verdict } from '../../src/model/judge.ts';
import type { HostPolicyStatus } from '../../src/model/status.ts';
import type { Subject } from '../../src/model/subject.ts';
import type { Runtime } from '../../src/runtime/runtime.ts';
import { initialMode } from '../../src/service/effective-mode.ts';
import { agentClient, keyOf, type ReviewOutcome } from '../../src/service/index.ts';
import { receiptSigner } from '../../src/service/receipt-signer.ts';
import { FakeRuntime, HOST } from '../unit/agent/fake-runtime.ts';
import type { Setting } from './four-doors.ts';

/** What became of an order: the status, and the verdict of the agent's rules where it came to them. */
export interface OnHost {
  status: HostPolicyStatus;
  verdict: Verdict | undefined;
}

export interface DescribedHost {
  client: AgentPort;
  /** by a receipt for what was reviewed, whatever came of that: it is the agent's own judgement that is wanted */
  load(intake: ValidIntake, outcome: ReviewOutcome, subject: Subject): Promise<OnHost>;
}

class DescribedRuntime extends FakeRuntime {
  readonly #facts: HostFacts;

  constructor(facts: HostFacts) {
    super();
    this.#facts = facts;
  }

  override facts(): HostFacts {
    return this.#facts;
  }
}

export interface HostAt {
  directory: string;
  /** the gate's, by which it signs */
  receiptKey: string;
}

export async function startHost(
  { directory, receiptKey }: HostAt,
  { profile, data }: Setting,
  facts: HostFacts,
): Promise<DescribedHost> {
  const socketPath = join(directory, 'agent.sock');
  const runtime = new DescribedRuntime(facts);
  const audit = openAuditLog({
    ...{ path: join(directory, 'host.db'), keyPath: join(directory, 'host.key'), kind: 'agent' },
  });
  const told: { verdict?: Verdict } = {};
  const own = openRuleset({ profile, ...(data && { data }) });
  const ruleset = Object.create(own, {
    judge: { value: (input: Parameters<Ruleset['judge']>[0]) => (told.verdict = own.judge(input)) },
  }) as Ruleset;
  const receipts = new ReceiptCheck(publicKeyPath(receiptKey), HOST);
  const agent = new Agent({ runtime: runtime as unknown as Runtime, audit, ruleset, receipts });
  const server = await serveAgent(agent, socketPath);
  after(() => {
    server.closeAllConnections();
    server.close();
    audit.close();
  });
  const client = agentClient({ socketPath });
  let revision = 0;
  return {
    client,
    async load(intake, { decision, judged }, subject) {
      const sign = receiptSigner(loadOrCreateSigningKey(receiptKey), () => new Date());
      const key = keyOf(intake);
      const what = { key, revision: ++revision, digest: intake.digest };
      const by = { decisionId: decision.id, rulesDigest: decision.rules.digest, ...(judged && { judged }) };
      runtime.loaded.clear();
      delete told.verdict;
      const status = await client.apply({
        ...{ key, revision, document: intake.document, enabled: true },
        mode: initialMode(profile, subject),
        receipt: sign({ ...what, ...by }, 'create'),
      });
      return { status, verdict: told.verdict };
    },
  };
}
