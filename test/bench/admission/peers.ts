// SPDX-License-Identifier: Apache-2.0
/** The engines of other people: OPA's server, Kubewarden's policy-server and Gatekeeper, with our very rules. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packageRoot } from '../../../src/config/package-root.ts';
import { GUARDRAILS } from '../../../src/rule-kit/discover.ts';
import { findOpa, runOpa } from '../../../src/rule-kit/opa.ts';
import { layOut, type Stage } from '../../../src/rule-kit/stage.ts';
import type { Files } from './certificate.ts';
import { freePort } from './free-port.ts';
import { startGatekeeper } from './gatekeeper.ts';
import { annotateForKubewarden, KUBEWARDEN_ENTRY, type Module, movedModules } from './peer-rules.ts';
import { type Case, judgedOf, reviewWithJudged } from './policy.ts';
import { checkOpa, checkReview } from './same-verdict.ts';
import type { Started } from './targets.ts';

const ARCHIVE = join(packageRoot(), '..', 'shared', 'tools', 'admission-peers.tar.xz');
const CACHE = join(packageRoot(), '.cache', 'admission-peers');

export async function startPeers(work: string, files: Files, started: Started): Promise<void> {
  const opa = findOpa();
  if (opa === undefined) {
    started.missing.push('other engines: Go is missing, so opa cannot be built');
    return;
  }
  const rules = join(work, 'rules');
  mkdirSync(rules);
  const stage = layOut(opa, rules, [GUARDRAILS], 'baseline');
  await startOpa(opa, stage, { files, started });
  const folder = peersFolder();
  if (folder === undefined) {
    started.missing.push(`policy-server and Gatekeeper: ${ARCHIVE} is missing`);
    return;
  }
  const modules = movedModules(stage);
  await startPolicyServer({ opa, work, folder }, modules, { files, started });
  const gatekeeper = await startGatekeeper({ work, folder, files }, modules);
  started.stop.push(() => gatekeeper.api.stop());
  started.stop.push(() => void gatekeeper.child.kill('SIGKILL'));
  const { url, child } = gatekeeper;
  started.servers.push({ name: 'Gatekeeper', pid: child.pid ?? 0, url, ...REVIEWED });
}

const REVIEWED = {
  bodyOf: (one: Case): string => JSON.stringify(reviewWithJudged(one)),
  check: checkReview,
};

/** Unpacked once. */
function peersFolder(): string | undefined {
  const folder = join(CACHE, 'admission');
  if (existsSync(join(folder, 'policy-server'))) return folder;
  if (!existsSync(ARCHIVE)) return undefined;
  mkdirSync(CACHE, { recursive: true });
  execFileSync('tar', ['-xJf', ARCHIVE, '-C', CACHE]);
  return folder;
}

interface Around {
  files: Files;
  started: Started;
}

/** OPA with our sources and our data as its own, its store in the form it is read in. */
async function startOpa(opa: string, { work, sources }: Stage, { files, started }: Around): Promise<void> {
  const port = await freePort();
  const flags = [
    ...['run', '--server', '--addr', `127.0.0.1:${port}`, '--log-level', 'error', '--skip-version-check'],
    ...['--tls-cert-file', files.certificate, '--tls-private-key-file', files.key],
    ...['--optimize-store-for-read-speed', '--ignore', '*_test.rego', '--ignore', 'testing.rego'],
  ];
  const child = spawn(opa, [...flags, 'data.json', ...sources], { cwd: work, stdio: 'ignore' });
  started.stop.push(() => void child.kill('SIGKILL'));
  started.servers.push({
    ...{ name: 'OPA server', pid: child.pid ?? 0, check: checkOpa },
    url: `https://127.0.0.1:${port}/v1/data/tracegate/judge/decision`,
    bodyOf: (one) => JSON.stringify({ input: judgedOf(one) }),
  });
}

async function startPolicyServer(
  { opa, work, folder }: { opa: string; work: string; folder: string },
  modules: readonly Module[],
  { files, started }: Around,
): Promise<void> {
  const place = join(work, 'policy-server');
  const module = compiledFor(opa, place, modules);
  const policy = { module: `file://${module}`, policyMode: 'protect', allowedToMutate: false, settings: {} };
  writeFileSync(join(place, 'policies.yml'), JSON.stringify({ guardrails: policy }));
  const [port, probes] = [await freePort(), await freePort()];
  const flags = [
    ...['--policies', 'policies.yml', '--cert-file', files.certificate, '--key-file', files.key],
    ...['--addr', '127.0.0.1', '--port', String(port), '--readiness-probe-port', String(probes)],
    ...['--ignore-kubernetes-connection-failure', '--log-level', 'error'],
  ];
  const child = spawn(join(folder, 'policy-server'), flags, { cwd: place, stdio: 'ignore' });
  started.stop.push(() => void child.kill('SIGKILL'));
  const url = `https://127.0.0.1:${port}/validate/guardrails`;
  started.servers.push({ name: 'policy-server', pid: child.pid ?? 0, url, ...REVIEWED });
}

/** The module with our rules in it, as that server takes them. */
function compiledFor(opa: string, place: string, modules: readonly Module[]): string {
  for (const { name, text } of [...modules, { name: 'policy.rego', text: KUBEWARDEN_ENTRY }]) {
    const path = join(place, 'src', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  runOpa(opa, ['build', '-t', 'wasm', '-e', 'policy/main', '-o', 'bundle.tar.gz', 'src'], { cwd: place });
  execFileSync('tar', ['-xzf', 'bundle.tar.gz', '--transform=s,^/*,,', '-P'], { cwd: place });
  const module = join(place, 'annotated.wasm');
  annotateForKubewarden(join(place, 'policy.wasm'), module);
  return module;
}
