// SPDX-License-Identifier: Apache-2.0
/** Where the gate is and how to be let in: what was said, else what the state directory of this host tells. */
import { existsSync, readFileSync } from 'node:fs';
import { type Config, statePaths } from '../../config/index.ts';
import { Fault } from '../../errors.ts';

export interface Endpoint {
  /** for messages */
  name: string;
  socketPath?: string;
  url: URL;
  token?: string;
  ca?: string;
  cert?: string;
  key?: string;
}

/** Throws Fault `gate-away` where no gate is to be found, `usage` where one is named wrongly. */
export function endpointOf(config: Config): Endpoint {
  const { server } = config.client;
  if (server !== undefined) return named(config, server);
  const paths = statePaths(config.stateDir);
  if (existsSync(paths.gateSocket)) return unixEndpoint(config, paths.gateSocket);
  const listening = listenUrl(paths.listenFile);
  if (listening !== undefined) return httpsEndpoint(config, listening);
  throw new Fault(
    'gate-away',
    `no gate was found in ${config.stateDir}: start one with \`tracegate up\`, or name one with --server`,
  );
}

function named(config: Config, server: string): Endpoint {
  if (server.startsWith('unix:')) return unixEndpoint(config, server.slice('unix:'.length));
  if (!URL.canParse(server) || !['https:', 'http:'].includes(new URL(server).protocol)) {
    throw new Fault('usage', `--server "${server}" is not an address: write https://HOST:PORT or unix:PATH`);
  }
  return httpsEndpoint(config, server);
}

function unixEndpoint(config: Config, socketPath: string): Endpoint {
  const token = config.client.tokenFile === undefined ? undefined : secretIn(config.client.tokenFile);
  return {
    name: `unix:${socketPath}`,
    socketPath,
    url: new URL('http://localhost/'),
    ...(token === undefined ? {} : { token }),
  };
}

function httpsEndpoint(config: Config, server: string): Endpoint {
  const url = new URL(server);
  const local = new Set(['localhost', '127.0.0.1', '[::1]']).has(url.hostname);
  if (url.protocol === 'http:' && !local) {
    throw new Fault('usage', `--server ${url.origin} would send a token in the clear: use https`);
  }
  const { tokenFile, caFile, certFile, keyFile } = config.client;
  const paths = statePaths(config.stateDir);
  const token = tokenFile === undefined ? ownToken(paths.adminToken, local) : secretIn(tokenFile);
  const ca = caFile === undefined ? readable(paths.caFile) : fileText(caFile);
  return {
    name: url.origin,
    url,
    ...(token === undefined ? {} : { token }),
    ...(ca === undefined ? {} : { ca }),
    ...(certFile === undefined ? {} : { cert: fileText(certFile) }),
    ...(keyFile === undefined ? {} : { key: fileText(keyFile) }),
  };
}

/** This host's admin token is for this host's gate, and for nobody else who asks. */
function ownToken(path: string, local: boolean): string | undefined {
  return local ? readable(path)?.trim() : undefined;
}

function listenUrl(path: string): string | undefined {
  const text = readable(path);
  if (text === undefined) return undefined;
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    if (typeof url === 'string' && URL.canParse(url)) return url;
  } catch {
    // told below: whatever is wrong with the file, the address is not known
  }
  throw new Fault('gate-away', `${path} does not say where the gate listens: name it with --server`);
}

function secretIn(path: string): string {
  const token = fileText(path).trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new Fault('usage', `${path} holds no token: it must be one word on one line`);
}

function readable(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Fault('usage', `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
