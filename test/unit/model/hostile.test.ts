// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CATALOGUE, Fault } from '../../../src/errors.ts';
import { intake } from '../../../src/model/intake.ts';
import { HOSTILE, type HostileCase } from '../../fixtures/hostile.ts';

interface Answer {
  status: number;
  says: string;
}

function answerTo({ body, contentType }: HostileCase): Answer {
  try {
    const taken = intake(typeof body === 'string' ? Buffer.from(body) : body, { contentType });
    if (taken.valid) return { status: 200, says: 'valid' };
    return { status: 422, says: taken.findings.map(({ message, fix }) => `${message}: ${fix}`).join('\n') };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { status: CATALOGUE[error.code].http, says: error.message };
  }
}

describe('a hostile or broken submission', () => {
  for (const hostile of HOSTILE) {
    it(`gets ${hostile.status}: ${hostile.name}`, () => {
      const answer = answerTo(hostile);
      assert.equal(answer.status, hostile.status, answer.says);
      assert.match(answer.says, hostile.says);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that there are none is the point
      assert.doesNotMatch(answer.says, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/, 'a message is printable');
    });
  }

  it('comes in at least eighty shapes, each with a name of its own', () => {
    assert.ok(HOSTILE.length >= 80, `${HOSTILE.length} shapes`);
    assert.equal(new Set(HOSTILE.map(({ name }) => name)).size, HOSTILE.length);
  });

  it('pollutes no prototype', () => {
    for (const hostile of HOSTILE) if (hostile.status === 422) answerTo(hostile);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.equal(({} as Record<string, unknown>).admin, undefined);
  });
});
