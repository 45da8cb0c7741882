// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { oneLine, printable, printableJson } from '../../../src/cli/printable.ts';

const ESCAPE = '\u001b[31mred\u001b[0m';

describe('what is shown on a terminal', () => {
  it('moves no cursor, changes no colour and turns no direction', () => {
    assert.equal(printable(ESCAPE), '\ufffd[31mred\ufffd[0m');
    assert.equal(printable('a\u202eb\u2066c\u009bd\re\u0000'), 'a\ufffdb\ufffdc\ufffdd\ufffde\ufffd');
    assert.equal(printable('line\n\ttab ü 漢'), 'line\n\ttab ü 漢');
    assert.equal(oneLine('a\n\nb\tc'), 'a b c');
  });

  it('is the same value when it is JSON', () => {
    const value = { text: `${ESCAPE}\u009b\u202e\u{e0001}\n漢` };
    for (const indent of [undefined, 2]) {
      const json = printableJson(value, indent);
      assert.deepEqual(JSON.parse(json), value);
      assert.equal(printable(json), json);
    }
  });
});
