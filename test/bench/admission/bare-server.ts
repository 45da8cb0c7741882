// SPDX-License-Identifier: Apache-2.0
/**
 * The least a webhook in Node can be: HTTPS, AdmissionReview in, intake, rules, answer out. No audit, no limits, no log.
 * What the product costs beyond this is its own. `node bare-server.ts CERT KEY` prints its port.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { submissionOf } from './policy.ts';

const [certificate = '', key = ''] = process.argv.slice(2);
const ruleset = openRuleset();

interface Request {
  uid: string;
  object: object;
  userInfo: { username: string; groups: string[] };
}

function answer(body: string): string {
  const { request } = JSON.parse(body) as { request: Request };
  const { allowed, findings } = ruleset.judge(submissionOf(request.object, request.userInfo));
  const warnings = findings
    .filter((finding) => finding.severity === 'warn')
    .map((finding) => `${finding.rule} ${finding.message}`);
  const message = findings.map((finding) => finding.message).join('; ');
  const response = { uid: request.uid, allowed, warnings, status: { message } };
  return JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response });
}

const server = createServer(
  { cert: readFileSync(certificate), key: readFileSync(key) },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = answer(Buffer.concat(chunks).toString());
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(text);
    });
  },
);
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`));
