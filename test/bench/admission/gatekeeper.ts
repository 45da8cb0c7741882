// SPDX-License-Identifier: Apache-2.0
/** Gatekeeper outside a cluster, against an API server of the tests, with the guardrails as a ConstraintTemplate. */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ApiServer, kubernetesBinaries, startApiServer } from '../../cluster/api-server.ts';
import type { Files } from './certificate.ts';
import { freePort } from './free-port.ts';
import { GATEKEEPER_ENTRY, type Module } from './peer-rules.ts';

const KIND = 'BenchGuardrails';
const TRIES = 60;

export interface Gatekeeper {
  child: ChildProcess;
  url: string;
  api: ApiServer;
}

/** Until the constraint is in force it allows everything: whoever asks has to look for a denial first. */
export async function startGatekeeper(
  { work, folder, files }: { work: string; folder: string; files: Files },
  modules: readonly Module[],
): Promise<Gatekeeper> {
  const binaries = kubernetesBinaries();
  if ('missing' in binaries) throw new Error(binaries.missing);
  const api = await startApiServer(binaries.folder);
  let child: ChildProcess | undefined;
  try {
    await api.kubectl(['apply', '--server-side', '-f', join(folder, 'gatekeeper-deploy.yaml')]);
    const port = await freePort();
    child = await spawnManager({ work, folder, files, kubeconfig: api.kubeconfig, port });
    await applied(api, template(modules));
    await applied(api, constraint());
    return { child, url: `https://127.0.0.1:${port}/v1/admit`, api };
  } catch (thrown) {
    child?.kill('SIGKILL');
    await api.stop();
    throw thrown;
  }
}

interface Manager {
  work: string;
  folder: string;
  files: Files;
  kubeconfig: string;
  port: number;
}

/** Its log is full of what it finds missing until it has made it. */
async function spawnManager(at: Manager): Promise<ChildProcess> {
  const { work, folder, files, kubeconfig, port } = at;
  const certificates = join(work, 'gatekeeper');
  mkdirSync(certificates);
  copyFileSync(files.certificate, join(certificates, 'tls.crt'));
  copyFileSync(files.certificate, join(certificates, 'ca.crt'));
  copyFileSync(files.key, join(certificates, 'tls.key'));
  const [health, metrics] = [await freePort(), await freePort()];
  const flags = [
    ...['--operation=webhook', '--operation=generate', '--debug-use-fake-pod', '--disable-cert-rotation'],
    ...[`--cert-dir=${certificates}`, '--host=127.0.0.1', `--port=${port}`],
    ...[`--health-addr=127.0.0.1:${health}`, `--prometheus-port=${metrics}`, '--log-level=ERROR'],
    '--disable-opa-builtin={http.send}',
  ];
  const place = { POD_NAMESPACE: 'gatekeeper-system', NAMESPACE: 'gatekeeper-system' };
  const env = { ...process.env, ...place, KUBECONFIG: kubeconfig };
  return spawn(join(folder, 'gatekeeper-manager'), flags, { env, stdio: 'ignore' });
}

/** Its kinds are there some seconds after it is told of them, so it is asked again. */
async function applied(api: ApiServer, object: object): Promise<void> {
  let said = '';
  for (let tries = 0; tries < TRIES; tries++) {
    // server-side: the other way keeps a copy in an annotation, which the lists of the rules are too long for
    const { code, stderr } = await api.kubectl(['apply', '--server-side', '-f', '-'], {
      input: JSON.stringify(object),
    });
    if (code === 0) return;
    said = stderr;
    await sleep(500);
  }
  throw new Error(`Gatekeeper's API does not take it: ${said}`);
}

function template(modules: readonly Module[]): object {
  const source = { version: 'v1', rego: GATEKEEPER_ENTRY, libs: modules.map(({ text }) => text) };
  const target = { target: 'admission.k8s.gatekeeper.sh', code: [{ engine: 'Rego', source }] };
  return {
    ...{ apiVersion: 'templates.gatekeeper.sh/v1', kind: 'ConstraintTemplate' },
    metadata: { name: KIND.toLowerCase() },
    spec: { crd: { spec: { names: { kind: KIND } } }, targets: [target] },
  };
}

function constraint(): object {
  const match = { kinds: [{ apiGroups: ['cilium.io'], kinds: ['TracingPolicy'] }] };
  return {
    ...{ apiVersion: 'constraints.gatekeeper.sh/v1beta1', kind: KIND },
    ...{ metadata: { name: 'guardrails' }, spec: { match } },
  };
}
