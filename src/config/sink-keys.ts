// SPDX-License-Identifier: Apache-2.0
import { count, type KeySpec, path } from './key-spec.ts';

export type SinkFormat = 'json' | 'ocsf' | 'cef';

/** Where copies of the audit log go. All of it is off by default. */
export interface SinksConfig {
  readonly folder?: string;
  readonly folderFormat: SinkFormat;
  readonly fileMaxBytes: number;
  readonly filesKept: number;
  readonly syslog?: string;
  readonly syslogFormat: SinkFormat;
  readonly syslogFacility: string;
  readonly syslogCaFile?: string;
  readonly webhook?: string;
  readonly webhookFormat: SinkFormat;
  readonly webhookBatch: number;
  readonly webhookTokenFile?: string;
  readonly webhookCaFile?: string;
  readonly checkpoint?: string;
  readonly checkpointTokenFile?: string;
  readonly checkpointCaFile?: string;
  readonly checkpointSeconds: number;
  readonly checkpointCopies: 'off' | 'on';
  readonly events: 'off' | 'on';
}

/** The numbers of RFC 5424. */
export const FACILITIES: Readonly<Record<string, number>> = {
  ...{ daemon: 3, auth: 4, authpriv: 10, audit: 13 },
  ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`local${i}`, 16 + i])),
};

const format = (key: string, of: string): KeySpec => ({
  key,
  type: { kind: 'choice', of: ['json', 'ocsf', 'cef'] },
  fallback: 'json',
  about: `how ${of}: as they are, in the Open Cybersecurity Schema, or in the Common Event Format`,
});

export const SINK_KEYS: readonly KeySpec[] = [
  {
    key: 'sinks.folder',
    type: path,
    about:
      'where copies of audit records are kept as lines, in gate-audit.log and agent-audit.log; none when unset',
  },
  format('sinks.folderFormat', 'they are written there'),
  {
    key: 'sinks.fileMaxBytes',
    type: count(4096, 1024 * 1024 * 1024 * 1024),
    fallback: 100 * 1024 * 1024,
    about: 'how large such a file grows before a new one is begun',
  },
  {
    key: 'sinks.filesKept',
    type: count(0, 1000),
    fallback: 5,
    about: 'how many full ones are kept beside it, as FILE.1 (the newest), FILE.2, …',
  },
  {
    key: 'sinks.syslog',
    type: { kind: 'address', schemes: ['tls', 'tcp', 'udp', 'unix'] },
    about:
      'the syslog server (RFC 5424) audit records are sent to: tls://HOST:PORT, tcp://HOST:PORT, udp://HOST:PORT, or unix:PATH of a stream socket; none when unset',
  },
  format('sinks.syslogFormat', 'they are sent there'),
  {
    key: 'sinks.syslogFacility',
    type: { kind: 'choice', of: Object.keys(FACILITIES) },
    fallback: 'authpriv',
    about: 'the facility they are sent under',
  },
  {
    key: 'sinks.syslogCaFile',
    type: path,
    about: "the authority that server's certificate is checked against",
  },
  {
    key: 'sinks.webhook',
    type: { kind: 'address', schemes: ['https', 'http'] },
    about: 'the address audit records are posted to, as arrays of JSON; none when unset',
  },
  format('sinks.webhookFormat', 'they are posted there'),
  {
    key: 'sinks.webhookBatch',
    type: count(1, 5000),
    fallback: 500,
    about: 'how many are posted at once, at most',
  },
  { key: 'sinks.webhookTokenFile', type: path, about: 'the bearer token sent along; only over https' },
  {
    key: 'sinks.webhookCaFile',
    type: path,
    about: "the authority that server's certificate is checked against",
  },
  {
    key: 'sinks.checkpoint',
    type: { kind: 'address', schemes: ['https', 'http'] },
    about:
      'the address signed heads of the audit log are posted to, on a host that nobody of this one has power over; none when unset',
  },
  {
    key: 'sinks.checkpointTokenFile',
    type: path,
    about: 'the bearer token sent along with them; only over https',
  },
  {
    key: 'sinks.checkpointCaFile',
    type: path,
    about: "the authority that server's certificate is checked against",
  },
  {
    key: 'sinks.checkpointSeconds',
    type: count(1, 86_400),
    fallback: 60,
    about: 'how far apart heads are sent while the log grows',
  },
  {
    key: 'sinks.checkpointCopies',
    type: { kind: 'choice', of: ['off', 'on'] },
    fallback: 'off',
    about:
      'whether heads go to the folder (gate-checkpoints.log, agent-checkpoints.log) and the syslog server too',
  },
  {
    key: 'sinks.events',
    type: { kind: 'choice', of: ['off', 'on'] },
    fallback: 'off',
    about:
      'whether events of policies and processes go to syslog and webhook too; the agent reads them from `events.file`',
  },
];
