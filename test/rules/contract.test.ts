// SPDX-License-Identifier: Apache-2.0
/**
 * One question, four doors. Every policy of the field is asked by every identity under every setting of the rules, and
 * the four Decisions are the same to the byte, but for what says which one it is: id, door, time and duration. An API
 * server hands over no text, so the webhook's has no lines. A document with unknown fields is pruned before a webhook sees it.
 */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import canonicalize from 'canonicalize';
import { gatherFacts } from '../../src/kernel/facts.ts';
import type { Decision } from '../../src/model/decision.ts';
import type { HostFacts } from '../../src/model/facts.ts';
import type { Finding } from '../../src/model/finding.ts';
import { type Intake, intake } from '../../src/model/intake.ts';
import type { Verdict } from '../../src/model/judge.ts';
import { readDocuments } from '../../src/model/read-document.ts';
import type { Subject } from '../../src/model/subject.ts';
import { symbolsOf } from '../../src/plan/symbols.ts';
import type { OnHost } from './described-host.ts';
import { type Doors, fourDoors, type Setting, type Submission } from './four-doors.ts';
import { documentOf, knownCases } from './known-lists.ts';

const CORPUS = new URL('../../../shared/corpus/tetragon/', import.meta.url);
const corpus = existsSync(CORPUS) ? readdirSync(CORPUS).sort() : [];

const submission = (text: string, format: 'yaml' | 'json'): Submission => {
  const [source] = readDocuments(Buffer.from(text), format);
  const document = source?.value as Record<string, unknown>;
  return { text, format, document, intake: intake(text, { format }) };
};

const listed = [...knownCases('bad'), ...knownCases('harmless')]
  .filter(({ operation, old }) => operation === undefined && old === undefined)
  .map((known) => submission(JSON.stringify(documentOf(known)), 'json'));

/** A file of one policy as it was written; of several, each as JSON: one request carries one. */
const field = corpus.flatMap((file) => {
  const text = readFileSync(new URL(file, CORPUS), 'utf8');
  const sources = readDocuments(Buffer.from(text), 'yaml');
  if (sources.length === 1) return [submission(text, 'yaml')];
  return sources.map(({ value }) => submission(JSON.stringify(value), 'json'));
});

const account = 'system:serviceaccount';
// biome-ignore format: a table is read in rows
const IDENTITIES: Subject[] = [
  { user: 'tom', groups: ['team-a', 'system:authenticated'] },
  { user: 'eve', groups: ['tracegate:enforcers', 'system:authenticated'] },
  { user: 'pat', groups: ['tracegate:platform', 'system:authenticated'] },
  { user: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] },
  { user: 'ci', groups: ['tracegate:deployers', 'tracegate:platform'] },
  { user: 'sue', groups: ['tracegate:approvers', 'tracegate:enforcers'] },
  { user: 'ann', groups: ['tracegate:auditors'] },
  { user: 'nobody', groups: [] },
  { user: 'system:anonymous', groups: ['system:unauthenticated'] },
  { user: `${account}:default:builder`, groups: [`${account}s`, `${account}s:default`, 'system:authenticated'] },
  { user: `${account}:kube-system:generic-garbage-collector`, groups: [`${account}s`, `${account}s:kube-system`] },
  { user: `${account}:flux:deployer`, groups: [`${account}s`, 'tracegate:deployers', 'tracegate:enforcers'] },
  { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] },
];

/** What an organisation may set: modes, their scopes, who may hook what, an exception. */
const ORGANISATION = {
  environment: 'production',
  rules: {
    'TPG-406': { mode: 'off' },
    'TPG-802': { mode: 'enforce', where: [{ mode: 'off', users: ['eve'] }] },
    'TPG-706': { mode: 'warn', where: [{ mode: 'enforce', environments: ['production'] }] },
  },
  permissions: [{ groups: ['team-a'], hooks: ['sys_*', 'security_*'], actions: ['Post'] }],
  exceptions: [
    {
      ...{
        rule: 'TPG-203',
        who: { groups: ['tracegate:platform'] },
        requester: 'tom',
        approver: 'sue',
      },
      ...{ ticket: 'OPS-7', reason: 'known', expires: '2099-01-01T00:00:00Z' },
    },
  ],
};

const SETTINGS: Setting[] = [
  { profile: 'baseline' },
  { profile: 'standard' },
  { profile: 'strict' },
  { profile: 'standard', data: ORGANISATION },
];

// the logs are synced as ever, and how long a disk takes for that is no part of the question
if (existsSync('/dev/shm')) process.env.TMPDIR = '/dev/shm';

/** This machine's kernel, asked for every symbol that any of the policies names. */
function factsOf(submissions: readonly Submission[]): HostFacts {
  const recorded = new URL('../fixtures/facts/6.12.json', import.meta.url);
  const { features } = JSON.parse(readFileSync(recorded, 'utf8')) as HostFacts;
  const asked = submissions.flatMap(({ intake }) => (intake.valid ? [symbolsOf(intake.normal)] : []));
  return gatherFacts(
    {
      functions: asked.flatMap(({ functions }) => functions),
      tracepoints: asked.flatMap(({ tracepoints }) => tracepoints),
      rawTracepoints: asked.flatMap(({ rawTracepoints }) => rawTracepoints),
      syscalls: asked.flatMap(({ syscalls }) => syscalls),
      places: asked.flatMap(({ places }) => places),
      fields: asked.flatMap(({ fields = [] }) => fields),
      files: asked.flatMap(({ files = [] }) => files),
    },
    features,
  );
}

/** The log keeps its records in canonical form, so that is the one to compare. */
const same = ({ id: _i, door: _d, time: _t, durationUs: _u, ...decision }: Decision): string =>
  canonicalize(decision) as string;

/** A record of the log keeps so many; what a webhook decided is read there. */
const RECORDED = 100;

/** As an API server hands it over: without a text there are no lines. */
const withoutLines = ({ findings, ...decision }: Decision): Decision => ({
  ...decision,
  findings: findings.slice(0, RECORDED).map(({ line: _, ...finding }) => finding),
});

/** What only a gate says is how the document was read, and what the hosts are able to do. */
const isOfRules = ({ rule }: Finding) => !/^TPG-00\d$/.test(rule);

const RANK = { deny: 0, warn: 1, info: 2 } as const;

/** The verdict of an agent's rules, in the order and with the lines of a decision. */
function asDecided({ findings, ...verdict }: Verdict, { lineOf }: Intake) {
  const lined = findings.map((finding) => {
    const line = lineOf(finding.path);
    return line === undefined ? finding : { ...finding, line };
  });
  return { ...verdict, findings: lined.sort((a, b) => RANK[a.severity] - RANK[b.severity]) };
}

function assertAgent({ status, verdict }: OnHost, decision: Decision, { intake }: Submission): boolean {
  const { findings, rules, exceptions } = decision;
  const denials = findings.filter(({ severity }) => severity === 'deny');
  const without = findings.some(({ rule, message }) => rule === 'TPG-002' && / does without /.test(message));
  const state = without ? 'partial' : 'loaded'; // of hooks that the policy lets a kernel do without
  assert.equal(status.state, decision.allowed ? state : 'refused', status.reason);
  if (verdict === undefined) {
    // the kernel cannot do it: there is nothing for the rules to decide any more, and both tell the same reason
    const isSame = ({ rule, message }: Finding) =>
      rule === 'TPG-002' && status.reason?.endsWith(`: ${message.split(' as asked: ').at(-1)}`);
    const told = denials.filter(isSame);
    assert.notEqual(
      told.length,
      0,
      `${status.reason} | ${denials.map(({ message }) => message).join(' | ')}`,
    );
    return false;
  }
  const ofRules = findings.filter(isOfRules);
  const allowed = !ofRules.some(({ severity }) => severity === 'deny');
  const wanted = { allowed, findings: ofRules, rules, ...(exceptions && { exceptions }) };
  assert.deepEqual(asDecided(verdict, intake), wanted);
  for (const { rule, message } of ofRules.filter(({ severity }) => severity === 'deny'))
    assert.ok(status.reason?.includes(`${rule}: ${message}`), status.reason);
  return true;
}

interface Sum {
  asked: number;
  denied: number;
  /** how often the agent's rules had the word */
  byAgent: number;
}

async function compare(doors: Doors, submissions: readonly Submission[], subject: Subject): Promise<Sum> {
  const files = await doors.files(submissions, subject);
  const sum = { asked: submissions.length, denied: 0, byAgent: 0 };
  for (const [index, submission] of submissions.entries()) {
    const what = `${subject.user}: ${submission.text.slice(0, 300)}`;
    const byApi = await doors.api(submission, subject);
    const fromFile = files[index] as Decision;
    assert.equal(same(fromFile), same(byApi), `files and API: ${what}`);
    const byWebhook = withoutLines(await doors.webhook(submission, subject));
    assert.equal(same(byWebhook), same(withoutLines(byApi)), `webhook and API: ${what}`);
    const byAgent = await doors.agent(submission, subject);
    if (byAgent !== undefined && assertAgent(byAgent, byApi, submission)) sum.byAgent++;
    if (!byApi.allowed) sum.denied++;
  }
  return sum;
}

const facts = factsOf([...field, ...listed]);

for (const [index, setting] of SETTINGS.entries()) {
  const { profile, data } = setting;
  describe(`in ${profile}${data ? " with an organisation's data" : ''}`, async () => {
    const doors = await fourDoors(setting, facts);
    for (const [who, subject] of IDENTITIES.entries()) {
      it(`the field's policies are told ${subject.user} the same at every door`, {
        skip: field.length === 0 ? `${CORPUS.pathname} missing` : false,
      }, async (t) => {
        const { denied, byAgent } = await compare(doors, field, subject);
        t.diagnostic(`${field.length} asked, ${denied} denied, ${byAgent} judged by the agent's own rules`);
        assert.ok(byAgent > 0, `${denied} of ${field.length} denied, ${byAgent} judged by the agent`);
      });
      // the known lists are no corpus: each identity is asked about them under one setting
      if (who % SETTINGS.length !== index) continue;
      it(`the known lists are told ${subject.user} the same`, async (t) => {
        const { asked, denied, byAgent } = await compare(doors, listed, subject);
        t.diagnostic(`${asked} asked, ${denied} denied, ${byAgent} judged by the agent's own rules`);
        assert.ok(denied > 30 && asked > 200, `${denied} of ${asked} denied`);
      });
    }
  });
}
