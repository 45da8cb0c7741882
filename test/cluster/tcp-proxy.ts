// SPDX-License-Identifier: Apache-2.0
/** A wire that can be cut: passes bytes to a port on loopback until told otherwise. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  port: number;
  /** Drops every connection that stands, and new ones at once while it is down. */
  cut(): void;
  mend(): void;
  close(): void;
}

export async function tcpProxy(target: number): Promise<TcpProxy> {
  const ends = new Set<Socket>();
  let down = false;
  const server = createServer((near) => {
    if (down) {
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    for (const [a, b] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(a);
      a.on('error', () => undefined).on('close', () => {
        ends.delete(a);
        b.destroy();
      });
      a.pipe(b);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const drop = () => {
    for (const end of ends) end.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      down = true;
      drop();
    },
    mend() {
      down = false;
    },
    close() {
      drop();
      server.close();
    },
  };
}
