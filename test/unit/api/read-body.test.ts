// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { readBody } from '../../../src/api/index.ts';
import { asFault, type Fault } from '../../../src/errors.ts';

const LIMIT_BYTES = 1000;

describe('the body of a request', () => {
  const outcomes: (Buffer | Fault)[] = [];
  let server: Server;
  let settled = (): void => undefined;

  before(async () => {
    server = createServer((asked, response) => {
      readBody(asked, LIMIT_BYTES)
        .catch(asFault)
        .then((outcome) => {
          outcomes.push(outcome);
          response.end(Buffer.isBuffer(outcome) ? 'whole' : outcome.code);
          settled();
        });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const sending = (headers: Record<string, string> = {}) => {
    const { port } = server.address() as AddressInfo;
    return request({ port, host: '127.0.0.1', method: 'POST', headers, agent: false });
  };
  const answerOf = async (sent: ReturnType<typeof sending>): Promise<string> => {
    const [response] = await once(sent, 'response');
    response.setEncoding('utf8');
    return (await response.toArray()).join('');
  };

  it('is put together from its pieces', async () => {
    const sent = sending();
    sent.write('first, ');
    await new Promise((resolve) => setTimeout(resolve, 20));
    sent.end('second');
    assert.equal(await answerOf(sent), 'whole');
    assert.equal(String(outcomes.pop()), 'first, second');
  });

  it('may be empty', async () => {
    const sent = sending();
    sent.end();
    assert.equal(await answerOf(sent), 'whole');
    assert.equal(String(outcomes.pop()), '');
  });

  it('is refused as soon as it passes the limit, with an answer, though it goes on', async () => {
    const sent = sending();
    sent.on('error', () => undefined);
    sent.write('x'.repeat(LIMIT_BYTES + 1));
    assert.equal(await answerOf(sent), 'too-large');
    assert.equal((outcomes.pop() as Fault).code, 'too-large');
    sent.destroy();
  });

  it('may be as long as the limit', async () => {
    const sent = sending();
    sent.end('x'.repeat(LIMIT_BYTES));
    assert.equal(await answerOf(sent), 'whole');
    assert.equal((outcomes.pop() as Buffer).length, LIMIT_BYTES);
  });

  it('that breaks off is a fault and not a shorter body', async () => {
    const sent = sending({ 'content-length': '100' });
    sent.on('error', () => undefined);
    const told = new Promise<void>((resolve) => {
      settled = resolve;
    });
    sent.write('half of it');
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy();
    await told;
    assert.equal((outcomes.pop() as Fault).code, 'bad-request');
  });
});
