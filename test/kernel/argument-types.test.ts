// SPDX-License-Identifier: Apache-2.0
/** Arguments of types that lie elsewhere than in a parameter: records of tracepoints, pieces, names of unix sockets. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const DIR = join(PLACE, 'argument-types');
const SOCKET = join(DIR, 'door');
const mine = { matchPIDs: [{ operator: 'In', followForks: true, values: [process.pid] }] };
const args = (bench: Bench) =>
  bench.taken('probe').map((e) => (e.process_kprobe ?? e.process_tracepoint)?.args);
const tracepoint = (name: string, more: object) => {
  const [subsystem, event] = name.split('/');
  return { tracepoints: [{ subsystem, event, ...more }] };
};

describe('an argument', () => {
  let bench: Bench;
  before(() => {
    rmSync(DIR, { recursive: true, force: true });
    mkdirSync(DIR);
    python('-c', '');
    bench = openBench();
  });
  after(() => bench.close());

  it('of type data_loc is the text behind a record, one of type auto what the field is', () => {
    const matchArgs = [{ index: 4, operator: 'Postfix', values: ['/argument-types/program'] }];
    const read = [{ index: 4, type: 'data_loc' }, { index: 4 }, { index: 5, type: 'auto' }];
    put(bench, tracepoint('sched/sched_process_exec', { args: read, selectors: [{ matchArgs }] }));
    const copied = `import os, shutil\nshutil.copy('/bin/true', '${DIR}/program')\nos.execv('${DIR}/program', ['x'])`;
    assert.equal(python('-c', copied).status, 0);
    const [told, ...more] = args(bench);
    assert.equal(more.length, 0);
    const path = { string_arg: `${DIR}/program` };
    assert.deepEqual(told?.slice(0, 2), [path, path]);
    assert.ok(Number((told?.[2] as { int_arg?: number } | undefined)?.int_arg) > 0);
  });

  it('without a type is filtered as what it is here; an array is told as its members', () => {
    const matchArgs = [{ index: 4, operator: 'Equal', values: ['0x8'] }];
    const read = [{ index: 4 }, { index: 5 }, { index: 5, type: 'const_buf' }];
    put(bench, tracepoint('raw_syscalls/sys_enter', { args: read, selectors: [{ matchArgs, ...mine }] }));
    python('-c', "import os\nos.lseek(os.open('/dev/null', 0), 4711, 0)");
    const told = args(bench).filter((all) => (all?.[2] as { size_arg?: string })?.size_arg === '4711');
    assert.equal(told.length, 1);
    assert.deepEqual([told[0]?.length, told[0]?.[0]], [13, { long_arg: '8' }]);
    assert.deepEqual(told[0]?.slice(7), told[0]?.slice(1, 7));
  });

  it('of text in a record ends where the record says', () => {
    const matchArgs = [{ index: 5, operator: 'Equal', values: ['comm-of-ours'] }];
    put(
      bench,
      tracepoint('task/task_rename', {
        args: [{ index: 6 }, { index: 5, type: 'string' }],
        selectors: [{ matchArgs }],
      }),
    );
    const rename = (name: string) => `open('/proc/self/comm', 'w').write('${name}')`;
    python('-c', `${rename('comm-of-ours')}\n${rename('another')}`);
    assert.deepEqual(args(bench), [[{ string_arg: 'another' }, { string_arg: 'comm-of-ours' }]]);
  });

  it('of a tracepoint is a buffer as long as another field says', () => {
    const read = [{ index: 6, type: 'char_buf', sizeArgIndex: 8 }];
    const matchArgs = [{ index: 6, operator: 'Prefix', values: ['seven'] }];
    put(bench, tracepoint('syscalls/sys_enter_write', { args: read, selectors: [{ matchArgs }] }));
    python('-c', "import os\nos.write(os.open('/dev/null', 1), b'seventeen')");
    assert.deepEqual(args(bench), [[{ bytes_arg: Buffer.from('seventeen').toString('base64') }]]);
  });

  it('in pieces is their bytes, and of a call that fills them as many as it returns', () => {
    const pieces = { index: 1, type: 'char_iovec', sizeArgIndex: 3 };
    put(bench, {
      kprobes: [
        { call: 'sys_writev', args: [pieces], selectors: [mine] },
        {
          ...{ call: 'sys_readv', args: [{ ...pieces, returnCopy: true }], selectors: [mine] },
          ...{ return: true, returnArg: { index: 0, type: 'int64' } },
        },
      ],
    });
    const text = [
      'import os',
      'r, w = os.pipe()',
      "os.writev(w, [b'one', b'', b'three', b'x' * 5000])",
      'os.readv(r, [bytearray(2), bytearray(4)])',
    ];
    python('-c', text.join('\n'));
    const [written, read, ...more] = args(bench) as {
      bytes_arg?: string;
      truncated_bytes_arg?: { bytes_arg: string; orig_size: string };
    }[][];
    assert.equal(more.length, 0);
    const cut = written?.[0]?.truncated_bytes_arg;
    assert.equal(cut?.orig_size, '5008');
    assert.equal(Buffer.from(cut?.bytes_arg ?? '', 'base64').toString(), `onethree${'x'.repeat(4087)}`);
    assert.deepEqual(read?.[0], { bytes_arg: Buffer.from('onethr').toString('base64') });
  });

  it('of type sockaddr_un is the name, no longer than the address, and refuses by it', () => {
    const address = { index: 1, type: 'sockaddr_un' };
    const values = [SOCKET, 'tracegate-abstract'];
    const deny = {
      matchArgs: [{ index: 1, operator: 'Equal', values: [`${SOCKET}-denied`] }],
      matchActions: [{ action: 'Override', argError: -1 }],
    };
    const tell = {
      matchArgs: [
        { index: 1, operator: 'Equal', values },
        { index: 1, operator: 'Family', values: ['AF_UNIX'] },
      ],
    };
    put(bench, {
      kprobes: [
        { call: 'security_socket_connect', syscall: false, args: [address], selectors: [deny, tell] },
      ],
    });
    const text = [
      'import ctypes, socket',
      'libc = ctypes.CDLL(None)',
      'def go(kind, bytes):',
      '    s = socket.socket(kind)',
      '    return libc.connect(s.fileno(), bytes, len(bytes))',
      "un = (1).to_bytes(2, 'little')",
      `go(1, un + b'${SOCKET}-denied')`,
      `go(1, un + b'${SOCKET}')`,
      "go(1, un + b'\\0tracegate-abstract')",
      "go(1, un + b'\\0tracegate')",
      "go(2, (2).to_bytes(2, 'little') + bytes(14))",
    ];
    assert.equal(python('-c', text.join('\n')).out, '');
    const un = (path: string) => [{ sockaddrun_arg: { family: 'AF_UNIX', path } }];
    assert.deepEqual(args(bench), [un(`${SOCKET}-denied`), un(SOCKET), un('@tracegate-abstract')]);
    assert.equal(bench.runtime.counters('probe').denied, 1);
  });
});
