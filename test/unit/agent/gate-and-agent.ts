// SPDX-License-Identifier: Apache-2.0
/** A gate's service and a host's agent, both as they are, with their real rules and receipts; only the kernel is not there. */
import { join } from 'node:path';
import { Agent, type AgentDeps } from '../../../src/agent/agent.ts';
import type { AtEnd } from '../../../src/agent/lapses.ts';
import { ReceiptCheck } from '../../../src/agent/receipt-check.ts';
import { type AuditLog, openAuditLog } from '../../../src/audit/index.ts';
import { type OpenRuleset, openRuleset } from '../../../src/guardrails/index.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { makePlan, plannedHooks } from '../../../src/plan/make-plan.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import type { Planned } from '../../../src/service/index.ts';
import { FULL, factsOf } from '../plan/host-facts.ts';
import { freshDirectory, serviceUnderTest, type UnderTest, until } from '../service/gate-under-test.ts';
import { FakeRuntime, HOST } from './fake-runtime.ts';

export interface GateAndAgent extends Omit<UnderTest, 'agent'> {
  agent: Agent;
  /** another agent over the same log, kernel and folder */
  restarted(): Agent;
  agentAudit: AuditLog;
  runtime: FakeRuntime;
  /** what both clocks say */
  clock: { now: Date };
  /** until the host has answered to what is stored now */
  settled(key: string, state: string): Promise<void>;
}

const planFor = async (policy: NormalPolicy): Promise<Planned> => {
  const facts = factsOf(FULL);
  return { hooks: plannedHooks(makePlan(policy, facts)), facts: { digest: facts.digest } };
};

export function gateAndAgent(
  profile: string,
  rules: Partial<{ gate: OpenRuleset; agent: OpenRuleset }> = {},
  atExceptionEnd: AtEnd = 'monitor',
): GateAndAgent {
  const directory = freshDirectory();
  const clock = { now: new Date() };
  const now = () => clock.now;
  const shipped = openRuleset({ profile });
  const { gate = shipped, agent: own = shipped } = rules;
  const runtime = new FakeRuntime();
  const agentAudit = openAuditLog({
    ...{ path: join(directory, 'host.db'), keyPath: join(directory, 'host.key'), kind: 'agent' },
  });
  const deps = (): AgentDeps => ({
    runtime: runtime as unknown as Runtime,
    ...{ audit: agentAudit, ruleset: own, now },
    receipts: new ReceiptCheck(join(directory, 'receipt.key.pub'), HOST, now),
    ...{ ordersFile: join(directory, 'orders.json'), atExceptionEnd },
  });
  const agent = new Agent(deps());
  const under = serviceUnderTest({ agent, ruleset: () => gate, planFor, now }, directory);
  const settled = (key: string, state: string) =>
    until(() => under.service.status(key).state === state, `${key} is ${state}`);
  const close = async () => {
    await under.close();
    agentAudit.close();
  };
  const restarted = () => new Agent(deps());
  return { ...under, restarted, agent, agentAudit, runtime, clock, settled, close };
}
