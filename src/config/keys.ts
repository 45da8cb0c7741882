// SPDX-License-Identifier: Apache-2.0
/**
 * Every configuration key, once: its default, how it is read, what it is for. The environment name and the flag
 * follow from the key (`webhook.clientCa`: TRACEGATE_WEBHOOK_CLIENT_CA, --webhook-client-ca), so that a key cannot
 * be settable in one way and not in another.
 */
import { count, type KeySpec, path } from './key-spec.ts';
import { SINK_KEYS, type SinksConfig } from './sink-keys.ts';

export type { KeySpec, KeyType } from './key-spec.ts';
export type { SinkFormat, SinksConfig } from './sink-keys.ts';

export interface Config {
  readonly listen: string;
  readonly stateDir: string;
  readonly opa?: string;
  readonly profile: 'baseline' | 'standard' | 'strict';
  readonly dataFile?: string;
  readonly rulesBundle?: string;
  readonly bundle: {
    readonly keyFile?: string;
    readonly keyId?: string;
    readonly scope?: string;
    readonly pollSeconds: number;
    readonly tokenFile?: string;
    readonly caFile?: string;
  };
  readonly bodyLimitBytes: number;
  readonly clientTimeoutMs: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly killBudgetPerMinute: number;
  readonly tls: { readonly certFile?: string; readonly keyFile?: string };
  readonly webhook: { readonly clientCa?: string; readonly ratePerMinute: number };
  readonly agent: {
    readonly socket?: string;
    readonly host?: string;
    readonly pinDir: string;
    readonly atExceptionEnd: 'monitor' | 'unload';
  };
  readonly events: {
    readonly file?: string;
    readonly fileMaxBytes: number;
    readonly filesKept: number;
    readonly cgroupRate: number;
    readonly cgroupRateIntervalMs: number;
  };
  readonly sinks: SinksConfig;
  readonly bpf: { readonly audit: 'on' | 'off'; readonly gate: 'off' | 'monitor' | 'enforce' };
  readonly kubernetes: {
    readonly source: 'off' | 'on';
    readonly kubeconfig?: string;
    readonly node?: string;
  };
  readonly client: {
    readonly server?: string;
    readonly tokenFile?: string;
    readonly caFile?: string;
    readonly certFile?: string;
    readonly keyFile?: string;
  };
}

/** `stateDir` has no fixed default: it depends on where Tracegate runs (see `load.ts`). */
export const KEYS: readonly KeySpec[] = [
  {
    key: 'listen',
    type: { kind: 'url', schemes: ['https'] },
    fallback: 'https://127.0.0.1:8443',
    about: 'where the gate listens; port 0 takes any free one',
  },
  { key: 'stateDir', type: path, about: 'where state, tokens, certificates and sockets live' },
  {
    key: 'profile',
    type: { kind: 'choice', of: ['baseline', 'standard', 'strict'] },
    fallback: 'baseline',
    about: 'which mode the shipped guardrails are in',
  },
  { key: 'dataFile', type: path, about: "the organisation's data for the guardrails" },
  {
    key: 'rulesBundle',
    type: { kind: 'place', schemes: ['https', 'http'] },
    about: 'the rule bundle: a folder, a .tar.gz, oci:FOLDER[:TAG] or https://…; the shipped one when unset',
  },
  {
    key: 'bundle.keyFile',
    type: path,
    about: 'the public key (PEM) a bundle must be signed with; unsigned ones are refused then',
  },
  { key: 'bundle.keyId', type: { kind: 'text' }, about: 'the key id its signature must name' },
  { key: 'bundle.scope', type: { kind: 'text' }, about: 'the scope its signature must be for' },
  {
    key: 'bundle.pollSeconds',
    type: count(1, 86_400),
    fallback: 60,
    about: 'how often a gate looks for another bundle',
  },
  { key: 'bundle.tokenFile', type: path, about: 'the bearer token sent to the bundle server' },
  { key: 'bundle.caFile', type: path, about: 'the authority its certificate is checked against' },
  { key: 'opa', type: path, about: 'the opa program the rule kit runs; looked for on the PATH when unset' },
  {
    key: 'bodyLimitBytes',
    type: count(1024, 8 * 1024 * 1024),
    fallback: 8 * 1024 * 1024,
    about: 'the largest request body',
  },
  {
    key: 'clientTimeoutMs',
    type: count(100, 600_000),
    fallback: 30_000,
    about: 'how long a client may take to send a request',
  },
  {
    key: 'logLevel',
    type: { kind: 'choice', of: ['debug', 'info', 'warn', 'error', 'silent'] },
    fallback: 'info',
    about: 'what is logged',
  },
  {
    key: 'killBudgetPerMinute',
    type: count(0, 1_000_000),
    fallback: 60,
    about: 'how many processes a policy may kill a minute and host',
  },
  { key: 'tls.certFile', type: path, about: "the gate's certificate; one is made when unset" },
  { key: 'tls.keyFile', type: path, about: 'its private key' },
  { key: 'webhook.clientCa', type: path, about: 'ask API servers for a certificate of this authority' },
  {
    key: 'webhook.ratePerMinute',
    type: count(1, 1_000_000),
    fallback: 6000,
    about: 'how many admission reviews a minute one client may send',
  },
  {
    key: 'agent.socket',
    type: path,
    about: "the agent's socket; agent.sock in the state directory when unset",
  },
  { key: 'agent.host', type: { kind: 'text' }, about: 'the name of this host; its host name when unset' },
  {
    key: 'agent.pinDir',
    type: path,
    fallback: '/sys/fs/bpf/tracegate',
    about: 'where programs and maps are pinned',
  },
  {
    key: 'agent.atExceptionEnd',
    type: { kind: 'choice', of: ['monitor', 'unload'] },
    fallback: 'monitor',
    about:
      'what becomes of a policy when an exception that it stands on ends or is revoked: it only watches, or is taken out',
  },
  {
    key: 'events.file',
    type: path,
    about: 'where the agent writes events as lines of JSON; no file when unset',
  },
  {
    key: 'events.fileMaxBytes',
    type: count(4096, 1024 * 1024 * 1024 * 1024),
    fallback: 100 * 1024 * 1024,
    about: 'how large that file grows before a new one is begun',
  },
  {
    key: 'events.filesKept',
    type: count(0, 1000),
    fallback: 5,
    about: 'how many full ones are kept beside it, as FILE.1 (the newest), FILE.2, …',
  },
  {
    key: 'events.cgroupRate',
    type: count(0, 1_000_000),
    fallback: 0,
    about:
      'how many events of policies, and how many of processes that begin and end, a cgroup may tell in an interval; 0: any number',
  },
  {
    key: 'events.cgroupRateIntervalMs',
    type: count(1000, 3_600_000),
    fallback: 1000,
    about: 'that interval',
  },
  ...SINK_KEYS,
  {
    key: 'bpf.audit',
    type: { kind: 'choice', of: ['on', 'off'] },
    fallback: 'on',
    about: 'whether the agent writes down who loads, attaches and pins eBPF programs on its host',
  },
  {
    key: 'bpf.gate',
    type: { kind: 'choice', of: ['off', 'monitor', 'enforce'] },
    fallback: 'off',
    about:
      'what is done with loaders of BPF programs that nobody knows, until `tracegate bpf guard` says otherwise on the host',
  },
  {
    key: 'kubernetes.source',
    type: { kind: 'choice', of: ['off', 'on'] },
    fallback: 'off',
    about: 'take over the policies that the API server has stored',
  },
  {
    key: 'kubernetes.kubeconfig',
    type: path,
    about: "how that API server is reached; the pod's service account when unset",
  },
  {
    key: 'kubernetes.node',
    type: { kind: 'text' },
    about:
      'the name of the node that this host is: its agent follows the pods on it and its labels, for policies on pods; none when unset',
  },
  {
    key: 'client.server',
    type: { kind: 'text' },
    env: 'TRACEGATE_SERVER',
    about: 'the gate the command line talks to: https://… or unix:PATH',
  },
  { key: 'client.tokenFile', type: path, env: 'TRACEGATE_TOKEN_FILE', about: 'the bearer token it sends' },
  { key: 'client.caFile', type: path, env: 'TRACEGATE_CA_FILE', about: 'the authority it trusts' },
  { key: 'client.certFile', type: path, env: 'TRACEGATE_CERT_FILE', about: 'the certificate it shows' },
  { key: 'client.keyFile', type: path, env: 'TRACEGATE_KEY_FILE', about: 'the private key of that' },
];

export const CONFIG_FILE_ENV = 'TRACEGATE_CONFIG';

export function envNameOf({ key, env }: KeySpec): string {
  return env ?? `TRACEGATE_${words(key).join('_').toUpperCase()}`;
}

export function flagOf({ key, env }: KeySpec): string {
  const parts = words(key);
  // client keys are the command line's own: --server, not --client-server
  return `--${(env === undefined ? parts : parts.slice(1)).join('-')}`;
}

function words(key: string): string[] {
  return key.split(/\.|(?=[A-Z])/).map((part) => part.toLowerCase());
}
