// SPDX-License-Identifier: Apache-2.0
/**
 * Syslog over a stream: frames with their length before them (RFC 6587, RFC 5425). The protocol has no answer, so what was
 * sent counts only once the connection has lived on for a while; where it breaks before, it is sent again.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Teller } from './item.ts';
import { syslogMessage } from './syslog-message.ts';
import type { Message, Refused, Transport } from './transport.ts';

const SETTLE_MS = 2_000;
const CONNECT_LIMIT_MS = 10_000;
/** How long a receiver may take nothing while something waits for it. */
const STALL_LIMIT_MS = 30_000;
const FAREWELL_LIMIT_MS = 2_000;
const DEFAULT_PORTS: Readonly<Record<string, number>> = { 'tls:': 6514, 'tcp:': 514 };

export interface SyslogOptions {
  address: string;
  facility: number;
  ca?: string;
  teller: Teller;
}

export class SyslogStream implements Transport {
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
    const { facility, teller } = this.#options;
    const frames = messages.map((message) => framed(syslogMessage(message, facility, teller)));
    await written(socket, frames.join(''));
    return [];
  }

  takeBreak(): Error | undefined {
    const broken = this.#broken;
    this.#broken = undefined;
    return broken;
  }

  #connected(): Promise<Socket> {
    const socket = open(this.#options);
    const ready = this.#options.address.startsWith('tls:') ? 'secureConnect' : 'connect';
    return new Promise((resolve, reject) => {
      const late = () => socket.destroy(new Error(`no connection within ${CONNECT_LIMIT_MS / 1000} s`));
      const timer = setTimeout(late, CONNECT_LIMIT_MS);
      socket.once(ready, () => {
        clearTimeout(timer);
        socket.resume(); // nothing is expected from it but its end
        resolve(socket);
      });
      let why: Error | undefined;
      socket.once('error', (error) => {
        why = error;
      });
      // a receiver that says goodbye reads nothing more
      socket.once('end', () => socket.destroy(new Error('the receiver closed the connection')));
      socket.once('close', () => {
        clearTimeout(timer);
        const error = why ?? new Error('the receiver closed the connection');
        if (this.#socket === socket) {
          this.#socket = undefined;
          this.#broken = error;
        }
        reject(error);
      });
    });
  }

  /** The receiver's own end, after ours, says that it has read everything before. */
  async close(): Promise<boolean> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => socket.destroy(new Error('it says no goodbye')), FAREWELL_LIMIT_MS);
      socket.once('end', () => resolve(true));
      socket.once('close', () => {
        clearTimeout(timer);
        resolve(false);
      });
      socket.end();
    });
  }
}

function open({ address, ca }: SyslogOptions): Socket {
  if (address.startsWith('unix:')) return connect({ path: address.slice('unix:'.length) });
  const url = new URL(address);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port || DEFAULT_PORTS[url.protocol]);
  if (url.protocol === 'tcp:') return connect({ host, port, keepAlive: true });
  const isName = !/^[\d.]+$|:/.test(host);
  return connectTls({ host, port, ...(ca !== undefined && { ca }), ...(isName && { servername: host }) });
}

function framed(text: string): string {
  return `${Buffer.byteLength(text)} ${text}`;
}

function written(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stalled = () =>
      socket.destroy(new Error(`the receiver took nothing for ${STALL_LIMIT_MS / 1000} s`));
    const timer = setTimeout(stalled, STALL_LIMIT_MS);
    socket.write(text, (error) => {
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    });
  });
}
