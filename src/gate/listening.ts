// SPDX-License-Identifier: Apache-2.0
import type { Server } from 'node:http';
import type { ListenOptions } from 'node:net';
import { Fault } from '../errors.ts';

export function listening(server: Server, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenFault(error, options));
    server.once('error', fail);
    server.listen(options, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function listenFault(error: NodeJS.ErrnoException, { path, host, port }: ListenOptions): Fault {
  const where = path ?? `${host}:${port}`;
  const hint =
    error.code === 'EADDRINUSE'
      ? 'another process listens there: end it, or set TRACEGATE_LISTEN'
      : 'set TRACEGATE_LISTEN to another address';
  return new Fault('config', `the gate cannot listen on ${where} (${error.code}): ${hint}`, { cause: error });
}

/** Ends a server: idle connections at once, the others when they have had their answer or their time is up. */
export function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const force = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(force);
      resolve();
    });
    server.closeIdleConnections();
  });
}
