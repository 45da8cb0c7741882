// SPDX-License-Identifier: Apache-2.0
/** From configuration to sinks. What cannot work is said at the start, not by an error every minute. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { SinksConfig } from '../config/keys.ts';
import { FACILITIES } from '../config/sink-keys.ts';
import { Fault } from '../errors.ts';
import type { FeedSpec } from './sink-task.ts';
import type { SinkSpec } from './transport.ts';

const BATCH = 256;

/** The sinks of a log named `gate-audit` or `agent-audit`. Throws Fault `config`. */
export function auditSinks(config: SinksConfig, feed: string): SinkSpec[] {
  return [...fileOf(config, feed), ...remoteSinks(config)];
}

/** Where signed heads go, under a name like `gate-checkpoints`. Throws Fault `config`. */
export function checkpointFeed(config: SinksConfig, name: string, path: string): FeedSpec[] {
  const copies = config.checkpointCopies === 'on' ? [...fileOf(config, name), ...syslogOf(config)] : [];
  if (config.checkpointCopies === 'on' && copies.length === 0)
    throw wrong(
      'sinks.checkpointCopies is on, and there is nowhere to send them',
      'set sinks.folder or sinks.syslog',
    );
  const sinks = [...checkpointOf(config), ...copies];
  return sinks.length === 0 ? [] : [{ name, path, sinks, everySeconds: config.checkpointSeconds }];
}

function fileOf(
  { folder, folderFormat: format, fileMaxBytes: maxBytes, filesKept: kept }: SinksConfig,
  feed: string,
): SinkSpec[] {
  if (folder === undefined) return [];
  const transport = { kind: 'file', path: join(folder, `${feed}.log`), maxBytes, kept } as const;
  return [{ name: 'file', format, batch: BATCH, transport }];
}

function checkpointOf({ checkpoint: url, checkpointTokenFile, checkpointCaFile }: SinksConfig): SinkSpec[] {
  if (url === undefined) return [];
  const trust = trustOf(url, {
    token: ['sinks.checkpointTokenFile', checkpointTokenFile],
    ca: ['sinks.checkpointCaFile', checkpointCaFile],
  });
  const transport = { kind: 'webhook', url, ...trust, insist: true } as const;
  return [{ name: 'checkpoint', format: 'json', batch: 1, transport }];
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
  const trust = trustOf(url, {
    token: ['sinks.webhookTokenFile', config.webhookTokenFile],
    ca: ['sinks.webhookCaFile', config.webhookCaFile],
  });
  const transport = { kind: 'webhook', url, ...trust } as const;
  return [{ name: 'webhook', format, batch, transport }];
}

type Named = [key: string, path: string | undefined];

/** What is sent along to a receiver, and what its certificate is held against. */
function trustOf(url: string, files: { token: Named; ca: Named }): { token?: string; ca?: string } {
  const token = textOf(...files.token)?.trim();
  const ca = authority(...files.ca);
  if ((token ?? ca) !== undefined && !url.startsWith('https:'))
    throw wrong(
      `a token or an authority is set for ${url}`,
      'use https://: over http anybody could read along',
    );
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token))
    throw wrong(`${files.token.join(' ')} holds no token`, 'put it there alone, in one line');
  return { ...(token && { token }), ...(ca && { ca }) };
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
