// SPDX-License-Identifier: Apache-2.0
/** From configuration to sinks. What cannot work is said at the start, not by an error every minute. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { SinksConfig } from '../config/keys.ts';
import { FACILITIES } from '../config/sink-keys.ts';
import { Fault } from '../errors.ts';
import type { SinkSpec } from './transport.ts';

const BATCH = 256;

/** The sinks of a log named `gate-audit` or `agent-audit`. Throws Fault `config`. */
export function auditSinks(config: SinksConfig, feed: string): SinkSpec[] {
  const { folder, folderFormat: format, fileMaxBytes: maxBytes, filesKept: kept } = config;
  const file: SinkSpec[] =
    folder === undefined
      ? []
      : [
          {
            ...{ name: 'file', format, batch: BATCH },
            transport: { kind: 'file', path: join(folder, `${feed}.log`), maxBytes, kept },
          },
        ];
  return [...file, ...remoteSinks(config)];
}

/** Those that events go to as well: their own file is `events.file`. */
export function remoteSinks(config: SinksConfig): SinkSpec[] {
  return [...syslogOf(config), ...webhookOf(config)];
}

function syslogOf({ syslog: address, syslogFormat: format, ...config }: SinksConfig): SinkSpec[] {
  if (address === undefined) return [];
  const ca = authority('sinks.syslogCaFile', config.syslogCaFile);
  if (ca !== undefined && !address.startsWith('tls:'))
    throw wrong(
      `sinks.syslogCaFile is set, and sinks.syslog is ${address}`,
      'use tls://HOST:PORT, or leave it out',
    );
  const facility = FACILITIES[config.syslogFacility] as number;
  const transport = { kind: 'syslog', address, facility, ...(ca !== undefined && { ca }) } as const;
  return [{ name: 'syslog', format, batch: BATCH, transport }];
}

function webhookOf({
  webhook: url,
  webhookFormat: format,
  webhookBatch: batch,
  ...config
}: SinksConfig): SinkSpec[] {
  if (url === undefined) return [];
  const token = textOf('sinks.webhookTokenFile', config.webhookTokenFile)?.trim();
  const ca = authority('sinks.webhookCaFile', config.webhookCaFile);
  if ((token ?? ca) !== undefined && !url.startsWith('https:'))
    throw wrong(
      `a token or an authority is set for ${url}`,
      'use https://: over http anybody could read along',
    );
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw wrong(
      `sinks.webhookTokenFile ${config.webhookTokenFile} holds no token`,
      'put it there alone, in one line',
    );
  const transport = { kind: 'webhook', url, ...(token && { token }), ...(ca && { ca }) } as const;
  return [{ name: 'webhook', format, batch, transport }];
}

function authority(key: string, path: string | undefined): string | undefined {
  const ca = textOf(key, path);
  if (ca === undefined) return undefined;
  try {
    createSecureContext({ ca });
    if (ca.includes('BEGIN CERTIFICATE')) return ca;
  } catch {
    // said below
  }
  throw wrong(`${key} ${path} holds no certificate`, 'put one there, as PEM');
}

function textOf(key: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong(
      `${key} ${path} cannot be read: ${(cause as Error).message}`,
      'name a file that can, or leave it out',
    );
  }
}

function wrong(what: string, fix: string): Fault {
  return new Fault('config', `${what}: ${fix}`);
}
