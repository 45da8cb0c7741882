// SPDX-License-Identifier: Apache-2.0
/** How an API server is reached: address, authority and credentials from a kubeconfig or the pod's service account. */
import { existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { Fault } from '../../errors.ts';

export interface ClusterConnection {
  /** GET a path with its query. Resolves with the head of the answer, whatever its status; rejects when there is none. */
  get(path: string, signal: AbortSignal): Promise<IncomingMessage>;
}

const SERVICE_ACCOUNT_TOKEN = '/var/run/secrets/kubernetes.io/serviceaccount/token';
const ANSWER_TIMEOUT_MS = 30_000;

async function kubeConfig(file: string | undefined) {
  const { KubeConfig } = await import('@kubernetes/client-node'); // large: only who reads a cluster pays for it
  const config = new KubeConfig();
  if (file === undefined && !existsSync(SERVICE_ACCOUNT_TOKEN))
    throw new Fault(
      'config',
      'this is no pod with a service account: name a kubeconfig (kubernetes.kubeconfig)',
    );
  try {
    if (file === undefined) config.loadFromCluster();
    else config.loadFromFile(file);
  } catch (cause) {
    throw new Fault('config', `the kubeconfig ${file ?? '(service account)'}: ${(cause as Error).message}`, {
      cause,
    });
  }
  return config;
}

/** Throws Fault `config` when the kubeconfig cannot be used. Credentials are read anew for every request. */
export async function connectCluster(kubeconfigFile?: string): Promise<ClusterConnection> {
  const config = await kubeConfig(kubeconfigFile);
  const server = config.getCurrentCluster()?.server ?? '';
  if (!server.startsWith('https://'))
    throw new Fault(
      'config',
      `the kubeconfig names no https:// server in its current context ("${server}"): credentials are not sent in the clear`,
    );
  const base = server.replace(/\/+$/, '');
  return {
    async get(path, signal) {
      const options: RequestOptions = { method: 'GET', headers: { accept: 'application/json' } };
      await config.applyToHTTPSOptions(options);
      return answerTo(base + path, { ...options, signal });
    },
  };
}

function answerTo(url: string, options: RequestOptions): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asked = request(url, options, (response) => {
      asked.setTimeout(0);
      resolve(response);
    });
    asked.setTimeout(ANSWER_TIMEOUT_MS, () =>
      asked.destroy(new Error(`the API server did not answer within ${ANSWER_TIMEOUT_MS} ms`)),
    );
    asked.on('error', reject);
    asked.end();
  });
}
