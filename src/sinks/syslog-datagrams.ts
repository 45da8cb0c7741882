// SPDX-License-Identifier: Apache-2.0
/** Syslog over UDP (RFC 5426): one datagram a message. What a network drops nobody learns; a closed port on the way is noticed. */
import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { syslogMessage } from './syslog-message.ts';
import type { SyslogOptions } from './syslog-stream.ts';
import type { Message, Refused, Transport } from './transport.ts';

/** An answer that nobody listens comes back within that. */
const SETTLE_MS = 1_000;
const DATAGRAM_MOST = 65_000;
const DEFAULT_PORT = 514;

export class SyslogDatagrams implements Transport {
  readonly settleMs = SETTLE_MS;
  readonly #options: SyslogOptions;
  #socket: Socket | undefined;
  #broken: Error | undefined;

  constructor(options: SyslogOptions) {
    this.#options = options;
  }

  async send(messages: readonly Message[]): Promise<Refused[]> {
    this.#socket ??= await this.#connected();
    const socket = this.#socket;
    const refused: Refused[] = [];
    const { facility, teller } = this.#options;
    for (const message of messages) {
      const bytes = Buffer.from(syslogMessage(message, facility, teller));
      if (bytes.length > DATAGRAM_MOST)
        refused.push({ message, reason: `${bytes.length} bytes do not fit into a datagram: use tcp or tls` });
      else await sent(socket, bytes);
    }
    return refused;
  }

  #connected(): Promise<Socket> {
    const url = new URL(this.#options.address);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    return new Promise((resolve, reject) => {
      socket.on('error', (error) => {
        this.#broken = error;
        reject(error);
      });
      socket.connect(Number(url.port || DEFAULT_PORT), host, () => resolve(socket));
    });
  }

  takeBreak(): Error | undefined {
    const broken = this.#broken;
    this.#broken = undefined;
    return broken;
  }

  async close(): Promise<boolean> {
    this.#socket?.close();
    this.#socket = undefined;
    return false;
  }
}

function sent(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => socket.send(bytes, (error) => (error ? reject(error) : resolve())));
}
