// SPDX-License-Identifier: Apache-2.0
/** What a call returns that is no number: told, compared and acted on when the call returns. */
import assert from 'node:assert/strict';
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, labProgram, openBench, PLACE, put, run } from './runtime-fixture.ts';

const DIR = join(PLACE, 'returned');
const FILE = join(DIR, 'secret');
const PROGRAM = labProgram('program-linked');
const fn = (call: string, more: object) => ({
  kprobes: [{ call, syscall: false, return: true, ...more }],
});
const told = (bench: Bench) => bench.taken('probe').map((e) => e.process_kprobe?.return);
const shown = (path: string, permission = '-rw-r--r--') => ({ path, permission });
const open = (path: string, flags = 'os.O_RDONLY') =>
  python('-c', `import os\ntry: os.open('${path}', ${flags})\nexcept OSError as e: print(e.errno)`);

describe('what a call returns', () => {
  let bench: Bench;
  before(() => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR);
    writeFileSync(FILE, 'x', { mode: 0o644 });
    python('-c', '');
    bench = openBench();
  });
  after(() => bench.close());

  it('as a file is compared by its path and its type, and an error is no file', () => {
    const matchReturnArgs = [
      { index: 0, operator: 'Prefix', values: [DIR] },
      { index: 0, operator: 'FileType', values: ['reg'] },
    ];
    put(
      bench,
      fn('do_filp_open', { returnArg: { index: 0, type: 'file' }, selectors: [{ matchReturnArgs }] }),
    );
    open(FILE);
    open(DIR);
    assert.equal(open(join(DIR, 'none')).out, '2');
    const [returned, ...more] = told(bench) as { file_arg: object }[];
    assert.deepEqual([returned?.file_arg, more.length], [shown(FILE), 0]);
  });

  it('as a descriptor is the file it stands for, also of a system call', () => {
    const matchReturnArgs = [{ index: 0, operator: 'Equal', values: [FILE] }];
    put(bench, {
      kprobes: [
        {
          ...{ call: 'sys_openat', return: true, args: [{ index: 1, type: 'string' }] },
          ...{ returnArg: { index: 0, type: 'fd' }, selectors: [{ matchReturnArgs }] },
        },
      ],
    });
    open(join(DIR, 'none'));
    open(`${DIR}/../returned/secret`);
    const [event, ...more] = bench.taken('probe');
    assert.equal(more.length, 0);
    assert.deepEqual(event?.process_kprobe?.args, [{ string_arg: `${DIR}/../returned/secret` }]);
    assert.deepEqual(event?.process_kprobe?.return, { file_arg: shown(FILE) });
  });

  it('as a string is compared as text, beside five arguments', () => {
    const matchReturnArgs = [
      { index: 0, operator: 'Postfix', values: ['/returned'] },
      { index: 0, operator: 'NotEqual', values: ['/returned'] },
    ];
    const args = [0, 1, 2, 0, 1].map((index) => ({ index, type: index === 2 ? 'int' : 'uint64' }));
    const returnArg = { index: 0, type: 'string', label: 'where' };
    put(bench, fn('d_path', { args, returnArg, selectors: [{ matchReturnArgs }] }));
    const read = `import os\nos.chdir('${DIR}')\nos.readlink('/proc/self/cwd')\nos.readlink('/proc/self/root')`;
    assert.equal(python('-c', read).status, 0);
    const [event, ...more] = bench.taken('probe');
    assert.equal(more.length, 0);
    assert.equal(event?.process_kprobe?.args?.length, 5);
    assert.deepEqual(event?.process_kprobe?.return, { string_arg: realpathSync(DIR) });
  });

  it('as an object of the kernel is told by its parts', () => {
    const matchPIDs = [{ operator: 'In', followForks: true, values: [process.pid] }];
    put(bench, fn('prepare_creds', { returnArg: { index: 0, type: 'cred' }, selectors: [{ matchPIDs }] }));
    python('-c', 'import os; os.setgid(0)');
    const [returned] = told(bench) as { process_credentials_arg: { uid: number; caps: object } }[];
    assert.equal(returned?.process_credentials_arg.uid, 0);
  });

  it('as a buffer has the size that an argument says', () => {
    const returnArg = { index: 0, type: 'char_buf', sizeArgIndex: 2 };
    const matchReturnArgs = [{ index: 0, operator: 'Equal', values: ['seventeen'] }];
    put(bench, fn('memdup_user', { returnArg, selectors: [{ matchReturnArgs }] }));
    const write = `import os\nfd = os.open('/proc/self/attr/current', os.O_WRONLY)\ntry: os.write(fd, b'seventeen')\nexcept OSError: pass`;
    python('-c', write);
    assert.deepEqual(told(bench), [{ bytes_arg: Buffer.from('seventeen').toString('base64') }]);
  });

  it('ends the process that gets it where the policy says so', () => {
    const selectors = [
      {
        matchReturnArgs: [{ index: 0, operator: 'Equal', values: [FILE] }],
        matchReturnActions: [{ action: 'Sigkill' }],
      },
    ];
    put(bench, fn('do_filp_open', { returnArg: { index: 0, type: 'file' }, selectors }));
    assert.equal(open(DIR).status, 0);
    assert.equal(open(FILE).signal, 'SIGKILL');
    assert.deepEqual(
      bench.taken('probe').map((e) => [e.process_kprobe?.action, e.process_kprobe?.return]),
      [['KPROBE_ACTION_SIGKILL', { file_arg: shown(FILE) }]],
    );
  });

  it('of a function of a program is text in its memory', () => {
    const matchReturnArgs = [{ index: 0, operator: 'Prefix', values: ['cof', 'te'] }];
    const returned = { return: true, returnArg: { index: 0, type: 'string' } };
    put(bench, {
      uprobes: [{ path: PROGRAM, symbols: ['name_of'], ...returned, selectors: [{ matchReturnArgs }] }],
    });
    for (const amount of ['0', '7', '-1']) run(PROGRAM, ['name', amount]);
    assert.deepEqual(
      bench.taken('probe').map((e) => e.process_uprobe?.return),
      [{ string_arg: 'tea' }, { string_arg: 'coffee' }],
    );
  });
});
