// SPDX-License-Identifier: Apache-2.0
/**
 * Posts batches as arrays of JSON. A receiver that says a batch is wrong in itself gets its halves, down to the one message
 * it does not take, which is laid aside; whatever else it says, the batch is sent again later.
 */
import { hash } from 'node:crypto';
import { type IncomingMessage, Agent as PlainAgent, request as requestPlain } from 'node:http';
import { request as requestTls, Agent as TlsAgent } from 'node:https';
import type { SinkFormat } from '../config/sink-keys.ts';
import { Later, type Message, type Refused, type Transport } from './transport.ts';

const ANSWER_LIMIT_MS = 15_000;
const ANSWER_MOST_BYTES = 4096;
/** The message is wrong, not the moment, the address or who sends it. */
const WRONG_IN_ITSELF = new Set([400, 413, 415, 422]);

export interface WebhookOptions {
  url: string;
  format: SinkFormat;
  token?: string;
  ca?: string;
  /** what it does not take is sent again all the same: for what only counts whole */
  insist?: boolean;
}

interface Answer {
  status: number;
  text: string;
  retryAfter: string | undefined;
}

export class Webhook implements Transport {
  readonly settleMs = 0;
  readonly #options: WebhookOptions;
  readonly #agent: PlainAgent | TlsAgent;

  constructor(options: WebhookOptions) {
    this.#options = options;
    const keep = { keepAlive: true, maxSockets: 1 };
    const { url, ca } = options;
    this.#agent = url.startsWith('https:')
      ? new TlsAgent({ ...keep, ...(ca && { ca }) })
      : new PlainAgent(keep);
  }

  async send(messages: readonly Message[]): Promise<Refused[]> {
    const { status, text, retryAfter } = await this.#post(messages.map(({ line }) => line));
    if (status >= 200 && status < 300) return [];
    const said = `the receiver answered ${status}${text === '' ? '' : `: ${text}`}`;
    if (this.#options.insist === true || !WRONG_IN_ITSELF.has(status))
      throw new Later(said, secondsOf(retryAfter));
    const [only, second] = messages;
    if (only && second === undefined) return [{ message: only, reason: said }];
    const half = Math.ceil(messages.length / 2);
    return [...(await this.send(messages.slice(0, half))), ...(await this.send(messages.slice(half)))];
  }

  #post(lines: string[]): Promise<Answer> {
    const { url, format, token } = this.#options;
    const values = format === 'cef' ? lines.map((line) => JSON.stringify(line)) : lines;
    const body = Buffer.from(`[${values.join(',\n')}]`);
    const headers = {
      ...{ 'content-type': 'application/json', 'content-length': body.length, 'user-agent': 'tracegate' },
      // the same batch has the same key, however often it is sent
      'idempotency-key': hash('sha256', body).slice(0, 32),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    };
    const request = url.startsWith('https:') ? requestTls : requestPlain;
    return new Promise((resolve, reject) => {
      const signal = AbortSignal.timeout(ANSWER_LIMIT_MS);
      const post = request(url, { method: 'POST', headers, agent: this.#agent, signal });
      post.on('response', (response) => answerOf(response).then(resolve, reject));
      post.on('error', (error) =>
        reject(signal.aborted ? new Error(`no answer within ${ANSWER_LIMIT_MS / 1000} s`) : error),
      );
      post.end(body);
    });
  }

  takeBreak(): undefined {}

  async close(): Promise<boolean> {
    this.#agent.destroy();
    return true;
  }
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= ANSWER_MOST_BYTES) chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString().replace(/\s+/g, ' ').trim().slice(0, 200);
  return { status: response.statusCode ?? 0, text, retryAfter: response.headers['retry-after'] };
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) * 1000 : undefined;
}
