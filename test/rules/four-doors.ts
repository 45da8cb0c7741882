// SPDX-License-Identifier: Apache-2.0
/**
 * The four doors of one rule setting, each asked as it is in service: the webhook and the API over HTTPS by one kept
 * connection, `tracegate review` over files, the agent over its socket by a receipt of the gate's own key. All of them
 * know one and the same host; only what loads into a kernel is not there.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { gatePaths } from '../../src/gate/gate-paths.ts';
import type { Decision } from '../../src/model/decision.ts';
import { HOST_ALONE, type HostFacts } from '../../src/model/facts.ts';
import type { Intake } from '../../src/model/intake.ts';
import type { Subject } from '../../src/model/subject.ts';
import { makePlan, plannedHooks } from '../../src/plan/make-plan.ts';
import { denialMessage, warningsOf } from '../../webhooks/words.ts';
import { runningGate } from '../api/running-gate.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { freshDirectory } from '../unit/service/gate-under-test.ts';
import { type OnHost, startHost } from './described-host.ts';

/** What is asked: one text for the doors that read text, its value for those that are handed one. */
export interface Submission {
  text: string;
  format: 'yaml' | 'json';
  document: Record<string, unknown>;
  intake: Intake;
}

export interface Setting {
  profile: string;
  /** the organisation's own data */
  data?: object;
}

export interface Doors {
  files(submissions: readonly Submission[], subject: Subject): Promise<Decision[]>;
  api(submission: Submission, subject: Subject): Promise<Decision>;
  webhook(submission: Submission, subject: Subject): Promise<Decision>;
  /** undefined: the document is invalid, and no agent is ever asked about it */
  agent(submission: Submission, subject: Subject): Promise<OnHost | undefined>;
}

export async function fourDoors(setting: Setting, facts: HostFacts): Promise<Doors> {
  const directory = freshDirectory();
  const files = { data: join(directory, 'organisation.json'), facts: join(directory, 'facts.json') };
  writeFileSync(files.data, JSON.stringify(setting.data ?? {}));
  writeFileSync(files.facts, JSON.stringify(facts));
  const running = await runningGate(
    { profile: setting.profile, dataFile: files.data, 'webhook.ratePerMinute': '1000000' },
    {
      planFor: async (policy) => {
        const told = await host.client.facts(HOST_ALONE);
        return { hooks: plannedHooks(makePlan(policy, told)), facts: { digest: told.digest } };
      },
    },
  );
  const { receiptKey } = gatePaths(running.stateDir);
  const host = await startHost({ directory, receiptKey }, setting, facts);
  const post = poster(running.gate.url, running.ca);
  const cli = ['--profile', setting.profile, '--data', files.data, '--facts', files.facts];
  const { service } = running.gate;
  const tokens = new Map<Subject, string>();
  return {
    files: (submissions, subject) => byFiles(submissions, subject, { directory, cli }),
    async api({ text, format }, subject) {
      const token = tokens.get(subject) ?? running.tokenFor(subject.user, ...subject.groups);
      tokens.set(subject, token);
      const { status, body } = await post('/v1/reviews', text, format, token);
      assert.ok(status === 200 || status === 422, `${status}: ${JSON.stringify(body)}`);
      return (body.decision ?? body) as Decision;
    },
    async webhook({ document }, subject) {
      const review = JSON.stringify(admissionOf(document, subject));
      const { status, body } = await post('/webhooks/tracingpolicies/validate', review, 'json');
      assert.equal(status, 200);
      const response = body.response as Admitted;
      const decision = service.decision(response.auditAnnotations?.decision ?? '');
      assertSays(response, decision);
      return decision;
    },
    async agent({ intake }, subject) {
      if (!intake.valid) return undefined;
      const asked = { door: 'api', subject, operation: 'create', intake } as const;
      return host.load(intake, await service.review(asked), subject);
    },
  };
}

async function byFiles(
  submissions: readonly Submission[],
  { user, groups }: Subject,
  { directory, cli }: { directory: string; cli: string[] },
): Promise<Decision[]> {
  const folder = mkdtempSync(join(directory, 'files-'));
  const files = submissions.map(({ format }, index) => join(folder, `${index}.${format}`));
  for (const [index, file] of files.entries()) writeFileSync(file, submissions[index]?.text ?? '');
  const who = ['--as', user, '--groups', groups.join(',')];
  const { json, stderr } = await runInProcess(['review', ...files, '-o', 'json', ...cli, ...who], {
    env: { TRACEGATE_STATE_DIR: join(directory, 'none') },
  });
  assert.deepEqual(
    json.map(({ file }) => file),
    files,
    stderr,
  );
  return json.map(({ file: _, ...decision }) => decision as unknown as Decision);
}

const admissionOf = (object: Record<string, unknown>, { user: username, groups }: Subject) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u',
    kind: { group: 'cilium.io', version: 'v1alpha1', kind: object.kind },
    operation: 'CREATE',
    object,
    userInfo: { username, groups },
  },
});

interface Admitted {
  allowed: boolean;
  status?: { message: string };
  warnings?: string[];
  auditAnnotations?: Record<string, string>;
}

/** What an API server is told is what the decision says. */
function assertSays({ allowed, status, warnings = [] }: Admitted, decision: Decision): void {
  assert.equal(allowed, decision.allowed);
  assert.equal(status?.message, allowed ? undefined : denialMessage(decision));
  assert.deepEqual(warnings, warningsOf(decision));
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** Requests one after the other over one connection that is kept. */
function poster(url: string, ca: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return (path: string, text: string, format: 'json' | 'yaml', token?: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = {
        'content-type': `application/${format}`,
        'content-length': Buffer.byteLength(text),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      };
      const asked = request(new URL(path, url), { agent, ca, method: 'POST', headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk as Buffer);
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
      });
      asked.on('error', reject);
      asked.end(text);
    });
}
