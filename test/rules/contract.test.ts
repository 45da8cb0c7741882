// SPDX-License-Identifier: Apache-2.0
/** One question, four doors: a review of files, the API, the webhook, and the agent by what its receipt says. Same findings. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ownVerdict } from '../../src/agent/own-judgement.ts';
import { openRuleset } from '../../src/guardrails/index.ts';
import type { Decision } from '../../src/model/decision.ts';
import type { Finding } from '../../src/model/finding.ts';
import { intakeObject } from '../../src/model/intake.ts';
import { readDocuments } from '../../src/model/read-document.ts';
import type { ReceiptBody } from '../../src/model/receipt.ts';
import type { Subject } from '../../src/model/subject.ts';
import { runningGate } from '../api/running-gate.ts';
import { runInProcess } from '../fixtures/run-cli.ts';
import { documentOf, knownCases } from './known-lists.ts';

const CORPUS = new URL('../../../shared/corpus/tetragon/', import.meta.url);
const corpus = existsSync(CORPUS) ? readdirSync(CORPUS).sort() : [];

type Document = Record<string, unknown>;

const listed: Document[] = [...knownCases('bad'), ...knownCases('harmless')]
  .filter(({ operation, old }) => operation === undefined && old === undefined)
  .map((known) => documentOf(known));
const field: Document[] = corpus.flatMap((file) =>
  readDocuments(readFileSync(new URL(file, CORPUS)), 'yaml').map(({ value }) => value as Document),
);

// biome-ignore format: a table is read in rows
const SETTINGS: { profile: string; subject: Subject }[] = [
  { profile: 'baseline', subject: { user: 'tom', groups: ['team-a'] } },
  { profile: 'standard', subject: { user: 'eve', groups: ['tracegate:enforcers'] } },
  { profile: 'strict', subject: { user: 'pat', groups: ['tracegate:platform', 'tracegate:deployers'] } },
];

interface Said {
  allowed: boolean;
  findings: string[];
}

const told = (allowed: boolean, findings: readonly Finding[]): Said => ({
  allowed,
  findings: findings
    .map(({ rule, severity, path, message }) => [rule, severity, path, message].join(' | '))
    .sort(),
});
const saidBy = ({ allowed, findings }: Decision): Said => told(allowed, findings);

/** What only a gate says: how it was read, and what hosts there are. */
const ofRules = ({ findings, ...rest }: Said): Said => ({
  ...rest,
  findings: findings.filter((text) => !/^TPG-00\d /.test(text)),
});

for (const { profile, subject } of SETTINGS) {
  describe(`as ${subject.user} in ${profile}`, async () => {
    const running = await runningGate({ profile, 'webhook.ratePerMinute': '1000000' });
    const ruleset = openRuleset({ profile });
    const { service } = running.gate;
    const api = running.as(running.tokenFor(subject.user, ...subject.groups));
    const webhook = running.as('');

    const byApi = async (policy: Document): Promise<Said> => {
      const { body } = await api.post('/v1/reviews').send({ policy });
      return saidBy((body.decision ?? body) as Decision);
    };
    const byWebhook = async (object: Document): Promise<Said> => {
      const kind = { group: 'cilium.io', version: 'v1alpha1', kind: object.kind };
      const { user: username, groups } = subject;
      const request = { uid: 'u', kind, operation: 'CREATE', object, userInfo: { username, groups } };
      const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request };
      const { body } = await webhook.post('/webhooks/tracingpolicies/validate').send(review);
      return saidBy(service.decision(body.response.auditAnnotations.decision));
    };
    const byAgent = async (document: Document): Promise<Said | undefined> => {
      const intake = intakeObject(document);
      if (!intake.valid) return undefined; // an agent loads none, and is asked by nobody
      const asked = { door: 'api', subject, operation: 'create', intake } as const;
      const { decision, judged } = await service.review(asked);
      const body = { operation: 'create', digest: intake.digest, judged } as ReceiptBody;
      const order = { receipt: { body, keyId: '', signature: '' }, document: intake.document };
      const plan = { policy: intake.normal, hooks: [] } as never;
      const mode = decision.effectiveMode;
      const verdict = ownVerdict(
        ruleset,
        { order, plan, mode, now: new Date(), object: intake.document },
        {},
      );
      return told(verdict.allowed, verdict.findings);
    };
    const byFiles = async (documents: Document[]): Promise<Said[]> => {
      const folder = join(running.stateDir, `files-${documents.length}`);
      mkdirSync(folder);
      const files = documents.map((_, index) => join(folder, `${index}.json`));
      for (const [index, file] of files.entries()) writeFileSync(file, JSON.stringify(documents[index]));
      const who = ['--as', subject.user, '--groups', subject.groups.join(',')];
      const run = await runInProcess(['review', ...files, '-o', 'json', '--profile', profile, ...who], {
        env: { TRACEGATE_STATE_DIR: join(running.stateDir, 'none') },
      });
      return run.json.map((decision) => saidBy(decision as unknown as Decision));
    };

    const compare = async (documents: Document[]) => {
      const files = await byFiles(documents);
      assert.equal(files.length, documents.length);
      let denied = 0;
      for (const [index, document] of documents.entries()) {
        const told = await byApi(document);
        const what = JSON.stringify(document).slice(0, 300);
        assert.deepEqual(files[index], told, `files and API: ${what}`);
        assert.deepEqual(await byWebhook(document), told, `webhook and API: ${what}`);
        const agent = await byAgent(document);
        if (agent !== undefined) assert.deepEqual(agent, ofRules(told), `agent and API: ${what}`);
        if (!told.allowed) denied++;
      }
      return denied;
    };

    it('the known lists are told the same at every door', async () => {
      const denied = await compare(listed);
      assert.ok(denied > 30 && listed.length > 200, `${denied} of ${listed.length} denied`);
    });

    it('the policies of the field are', {
      skip: field.length === 0 ? `${CORPUS.pathname} missing` : false,
    }, async () => {
      await compare(field);
    });
  });
}
