// SPDX-License-Identifier: Apache-2.0
/**
 * A real API server on loopback: etcd and kube-apiserver as child processes in a directory of their own, an
 * administrator and an ordinary user, no kubelet, no scheduler. Ready in about three seconds.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../src/config/index.ts';

export interface ApiServer {
  url: string;
  /** what its log says, for when something fails */
  log(): string;
  caFile: string;
  /** for programs of other people that speak to it as its administrator */
  kubeconfig: string;
  tokens: { admin: string; alice: string };
  /** kubectl as `user`; never throws: the exit code and both outputs are what is looked at */
  kubectl(args: string[], options?: { user?: 'admin' | 'alice'; input?: string }): Promise<Outcome>;
  stop(): Promise<void>;
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

const ARCHIVE = join(packageRoot(), '..', 'shared', 'tools', 'kubernetes.tar.xz');
const CACHE = join(packageRoot(), '.cache', 'kubernetes');
const READY_TIMEOUT_MS = 60_000;

/** The folder with kube-apiserver, etcd and kubectl, unpacked once; or what is missing. */
export function kubernetesBinaries(): { folder: string } | { missing: string } {
  const folder = [join(CACHE, 'kubernetes'), CACHE].find((candidate) =>
    existsSync(join(candidate, 'kube-apiserver')),
  );
  if (folder !== undefined) return { folder };
  if (!existsSync(ARCHIVE)) return { missing: `${ARCHIVE} with kube-apiserver, etcd and kubectl` };
  mkdirSync(CACHE, { recursive: true });
  execFileSync('tar', ['-xJf', ARCHIVE, '-C', CACHE]);
  const unpacked = [join(CACHE, 'kubernetes'), CACHE].find((candidate) =>
    existsSync(join(candidate, 'kube-apiserver')),
  );
  return unpacked === undefined ? { missing: `kube-apiserver in ${ARCHIVE}` } : { folder: unpacked };
}

export async function startApiServer(binaries: string): Promise<ApiServer> {
  const directory = mkdtempSync(join(tmpdir(), 'tracegate-cluster-'));
  const children: ChildProcess[] = [];
  const stop = () => stopAll(children, directory);
  try {
    const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()];
    const tokens = writeCredentials(directory);
    children.push(startEtcd({ binaries, directory, etcdPort, peerPort }));
    await untilOk(`http://127.0.0.1:${etcdPort}/health`, children, directory);
    children.push(startKubeApiserver({ binaries, directory, port, etcdPort }));
    const url = `https://127.0.0.1:${port}`;
    const caFile = join(directory, 'certificates', 'apiserver.crt');
    writeKubeconfig(directory, { url, caFile, tokens });
    const run = (args: string[], user: string, input: string | undefined) =>
      runKubectl(
        join(binaries, 'kubectl'),
        [`--kubeconfig=${join(directory, 'kubeconfig')}`, `--user=${user}`, ...args],
        input,
      );
    await untilReady(() => run(['get', '--raw', '/readyz'], 'admin', undefined), children, directory);
    const kubectl: ApiServer['kubectl'] = (args, { user = 'admin', input } = {}) => run(args, user, input);
    return {
      url,
      caFile,
      kubeconfig: join(directory, 'kubeconfig'),
      tokens,
      kubectl,
      stop,
      log: () => readFileSync(join(directory, 'apiserver.log'), 'utf8'),
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

function writeCredentials(directory: string): ApiServer['tokens'] {
  const tokens = { admin: randomBytes(16).toString('hex'), alice: randomBytes(16).toString('hex') };
  const lines = [`${tokens.admin},admin,admin,"system:masters"`, `${tokens.alice},alice,alice,"developers"`];
  writeFileSync(join(directory, 'tokens.csv'), `${lines.join('\n')}\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(directory, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  writeFileSync(join(directory, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  return tokens;
}

function startEtcd(at: {
  binaries: string;
  directory: string;
  etcdPort: number;
  peerPort: number;
}): ChildProcess {
  const client = `http://127.0.0.1:${at.etcdPort}`;
  const peer = `http://127.0.0.1:${at.peerPort}`;
  return start(at, 'etcd', [
    ...['--data-dir', join(at.directory, 'etcd'), '--unsafe-no-fsync'],
    ...['--listen-client-urls', client, '--advertise-client-urls', client],
    ...[
      '--listen-peer-urls',
      peer,
      '--initial-advertise-peer-urls',
      peer,
      '--initial-cluster',
      `default=${peer}`,
    ],
  ]);
}

function startKubeApiserver(at: {
  binaries: string;
  directory: string;
  port: number;
  etcdPort: number;
}): ChildProcess {
  const file = (name: string) => join(at.directory, name);
  return start(at, 'kube-apiserver', [
    ...[
      `--etcd-servers=http://127.0.0.1:${at.etcdPort}`,
      `--secure-port=${at.port}`,
      `--cert-dir=${file('certificates')}`,
    ],
    ...['--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none'],
    ...[
      `--token-auth-file=${file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--disable-admission-plugins=ServiceAccount',
    ],
    ...[
      `--service-account-key-file=${file('sa.pub')}`,
      `--service-account-signing-key-file=${file('sa.key')}`,
    ],
    ...['--service-account-issuer=https://kubernetes.default.svc', '--service-cluster-ip-range=10.0.0.0/24'],
  ]);
}

function start(
  { binaries, directory }: { binaries: string; directory: string },
  name: string,
  args: string[],
): ChildProcess {
  const out = openSync(join(directory, name === 'etcd' ? 'etcd.log' : 'apiserver.log'), 'a');
  return spawn(join(binaries, name), args, { cwd: directory, stdio: ['ignore', out, out] });
}

function writeKubeconfig(directory: string, to: Pick<ApiServer, 'url' | 'caFile' | 'tokens'>): void {
  const users = Object.entries(to.tokens).map(([name, token]) => ({ name, user: { token } }));
  const config = {
    ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 't' },
    clusters: [{ name: 't', cluster: { server: to.url, 'certificate-authority': to.caFile } }],
    contexts: [{ name: 't', context: { cluster: 't', user: 'admin' } }],
    users,
  };
  writeFileSync(join(directory, 'kubeconfig'), JSON.stringify(config), { mode: 0o600 });
}

function runKubectl(binary: string, args: string[], input: string | undefined): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const outcome = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (outcome.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (outcome.stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? -1, ...outcome }));
    child.stdin.end(input);
  });
}

async function untilOk(url: string, children: ChildProcess[], directory: string): Promise<void> {
  await untilReady(
    async () => ({ code: (await fetch(url).catch(() => undefined))?.ok ? 0 : 1, stdout: 'ok', stderr: '' }),
    children,
    directory,
  );
}

async function untilReady(
  ask: () => Promise<Outcome>,
  children: ChildProcess[],
  directory: string,
): Promise<void> {
  const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    const { code, stdout } = await ask();
    if (code === 0 && stdout.includes('ok')) return;
    const dead = children.some((child) => child.exitCode !== null);
    if (dead || performance.now() > giveUpAtMs)
      throw new Error(`the API server did not come up: see ${tail(directory)}`);
    await sleep(100);
  }
}

function tail(directory: string): string {
  const logs = ['etcd.log', 'apiserver.log']
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path));
  return logs.map((path) => readFileSync(path, 'utf8').slice(-2000)).join('\n');
}

async function stopAll(children: ChildProcess[], directory: string): Promise<void> {
  for (const child of children.reverse()) {
    if (child.exitCode !== null) continue;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), 5_000);
    await gone;
    clearTimeout(force);
  }
  rmSync(directory, { recursive: true, force: true });
}

/** Below the range the kernel gives out by itself: else another test's server may take the port before ours does. */
const PORTS_FROM = 20_000;
const PORTS = 12_000;

async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = PORTS_FROM + randomInt(PORTS);
    if (await isFree(port)) return port;
  }
  throw new Error('no free port was found');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
