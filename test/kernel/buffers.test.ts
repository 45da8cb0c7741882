// SPDX-License-Identifier: Apache-2.0
/** Buffers: what a call fills, more than a page of one, and a text inside of a text. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { hookPartOf } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const FILE = join(PLACE, 'buffer-file');
const MARK = 'buffer-mark:';
const LARGE_BYTES = 12_000;
const ROOM_BYTES = 16_383;

describe('buffers', () => {
  let bench: Bench;
  before(() => {
    bench = openBench();
  });
  after(() => bench.close());

  const bytesOf = (arg: Record<string, unknown> | undefined) => Buffer.from(String(arg?.bytes_arg), 'base64');

  it('are read as the call has filled them, as far as it says', () => {
    writeFileSync(FILE, `${MARK}what is read`);
    put(bench, {
      kprobes: [
        {
          ...{ call: 'sys_read', syscall: true, return: true, returnArg: { index: 0, type: 'int64' } },
          args: [
            { index: 1, type: 'char_buf', returnCopy: true },
            { index: 2, type: 'size_t' },
          ],
          selectors: [{ matchArgs: [{ index: 2, operator: 'Equal', values: ['4321'] }] }],
        },
      ],
    });
    const read = `import os; f = os.open('${FILE}', 0); os.read(f, 4321); os.read(f, 4321)`;
    python('-c', read);
    const parts = bench.taken('probe').map(hookPartOf);
    assert.deepEqual(
      parts.map((p) => bytesOf(p?.args?.[0]).toString()),
      [`${MARK}what is read`, ''],
    );
  });

  it('are read as filled where the result is not asked for, which is then not told', () => {
    writeFileSync(FILE, `${MARK}what is read`);
    put(bench, {
      kprobes: [
        {
          ...{ call: 'sys_read', syscall: true },
          args: [
            { index: 2, type: 'size_t' },
            { index: 1, type: 'char_buf', returnCopy: true, sizeArgIndex: 3 },
          ],
          selectors: [{ matchArgs: [{ args: [0], operator: 'Equal', values: ['4322'] }] }],
        },
      ],
    });
    python('-c', `import os; f = os.open('${FILE}', 0); os.read(f, 4322); os.read(f, 4323)`);
    const parts = bench.taken('probe').map((e) => e.process_kprobe);
    assert.deepEqual(
      parts.map((p) => [p?.args?.[0], bytesOf(p?.args?.[1]).toString(), p?.return]),
      [[{ size_arg: '4322' }, `${MARK}what is read`, undefined]],
    );
  });

  it('are taken beyond a page where maxData says so, up to the room there is', () => {
    const writes = (maxData: boolean) => {
      put(bench, {
        kprobes: [
          {
            ...{ call: 'sys_write', syscall: true },
            args: [
              { index: 0, type: 'int' },
              { index: 1, type: 'char_buf', sizeArgIndex: 3, maxData },
            ],
            selectors: [{ matchArgs: [{ index: 1, operator: 'Prefix', values: [MARK] }] }],
          },
        ],
      });
      const write = `import os; f = os.open('${FILE}', 1)
for n in (${LARGE_BYTES}, 20000): os.write(f, b'${MARK}' + bytes(i % 251 for i in range(n - ${MARK.length})))`;
      python('-c', write);
      return bench.taken('probe').map((e) => {
        const arg = hookPartOf(e)?.args?.[1];
        const cut = arg?.truncated_bytes_arg as { bytes_arg: string; orig_size: string } | undefined;
        return { bytes: bytesOf(cut ?? arg), whole: Number(cut?.orig_size ?? 0) };
      });
    };
    const [first, second] = writes(true);
    assert.deepEqual([first?.bytes.length, first?.whole], [LARGE_BYTES, 0]);
    for (const [i, byte] of (first?.bytes.subarray(MARK.length) ?? []).entries())
      if (byte !== i % 251) assert.fail(`byte ${i}`);
    assert.deepEqual([second?.bytes.length, second?.whole], [ROOM_BYTES, 20_000]);
    assert.deepEqual(
      writes(false).map((w) => w.bytes.length),
      [4095, 4095],
    );
  });

  it('and texts are searched for what they contain', () => {
    const told = (operator: string, value: string) => {
      put(bench, {
        kprobes: [
          {
            ...{ call: 'sys_symlinkat', syscall: true, args: [{ index: 0, type: 'string' }] },
            selectors: [{ matchArgs: [{ index: 0, operator, values: ['no such text', value] }] }],
          },
        ],
      });
      const links = [
        'needle',
        'a needle in it',
        'at its end: Needle',
        'a needl',
        `${'x'.repeat(3000)}needle`,
        'a nEEdLe longer than eight',
      ];
      python(
        '-c',
        `import os\nfor i, t in enumerate(${JSON.stringify(links)}):\n os.path.lexists(f'${PLACE}/n{i}') and os.unlink(f'${PLACE}/n{i}')\n os.symlink(t, f'${PLACE}/n{i}')`,
      );
      return bench.taken('probe').map((e) => links.indexOf(String(hookPartOf(e)?.args?.[0]?.string_arg)));
    };
    assert.deepEqual(told('SubString', 'needle'), [0, 1, 4]);
    assert.deepEqual(told('SubStringIgnCase', 'NEEDLE'), [0, 1, 2, 4, 5]);
    assert.deepEqual(told('SubStringIgnCase', 'Needle longer THAN'), [5]);
  });
});
