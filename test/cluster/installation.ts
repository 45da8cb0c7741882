// SPDX-License-Identifier: Apache-2.0
/** A cluster as an installation leaves it: CRDs, roles, the webhook pointed at a gate. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { dump, load } from 'js-yaml';
import { packageRoot } from '../../src/config/index.ts';
import { WEBHOOK_PATH } from '../../webhooks/tracing-policies.ts';
import { policy } from '../unit/service/gate-under-test.ts';
import type { ApiServer } from './api-server.ts';

/** kubectl that has to succeed. */
export async function must(cluster: ApiServer, args: string[], input?: string): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl(args, input === undefined ? {} : { input });
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`);
  return stdout + stderr;
}

export async function install(cluster: ApiServer, gate: { url: string; ca: string }): Promise<void> {
  await installCrds(cluster);
  for (const text of [bindAuthors(), webhookConfiguration(gate)])
    await must(cluster, ['apply', '-f', '-'], text);
  await untilAsked(cluster);
}

export async function installCrds(cluster: ApiServer): Promise<void> {
  const folder = join(packageRoot(), 'manifests', 'crds');
  await must(cluster, ['apply', '-f', folder]);
  const crds = ['crd/tracingpolicies.cilium.io', 'crd/tracingpoliciesnamespaced.cilium.io'];
  // the first try can race with a status that is still empty
  for (let tries = 0; tries < 50; tries += 1) {
    const { code } = await cluster.kubectl(['wait', '--for=condition=Established', ...crds, '--timeout=10s']);
    if (code === 0) return;
    await sleep(200);
  }
  throw new Error('the CRDs were not established');
}

/** The shipped manifest, pointed at this gate. */
export function webhookConfiguration({ url, ca }: { url: string; ca: string }): string {
  const text = readFileSync(join(packageRoot(), 'manifests', 'webhook.yaml'), 'utf8');
  const configuration = load(text) as { webhooks: { clientConfig: object }[] };
  for (const webhook of configuration.webhooks) {
    webhook.clientConfig = { url: `${url}${WEBHOOK_PATH}`, caBundle: Buffer.from(ca).toString('base64') };
  }
  return dump(configuration);
}

/** The shipped roles, and Alice as somebody who may write both kinds: what she may load is for the guardrails. */
function bindAuthors(): string {
  const roles = readFileSync(join(packageRoot(), 'manifests', 'rbac.yaml'), 'utf8');
  const binding = {
    ...{
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'alice' },
    },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'tracegate-policy-admin' },
    subjects: [{ kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }],
  };
  return `${roles}\n---\n${dump(binding)}`;
}

/** The shipped roles alone: for what needs no policies. */
export async function applyRoles(cluster: ApiServer): Promise<void> {
  await must(cluster, ['apply', '-f', join(packageRoot(), 'manifests', 'rbac.yaml')]);
}

/** A new configuration takes a moment to reach the admission chain. */
async function untilAsked(cluster: ApiServer): Promise<void> {
  const input = JSON.stringify(policy('probe', { action: 'Sigkill' }));
  for (let tries = 0; tries < 100; tries += 1) {
    const { stderr } = await cluster.kubectl(['create', '--dry-run=server', '-f', '-'], {
      user: 'alice',
      input,
    });
    if (stderr.includes('tracingpolicies.tracegate.io')) return;
    await sleep(100);
  }
  throw new Error('the webhook was never asked');
}
