// SPDX-License-Identifier: Apache-2.0
/** The digest of the file that an LSM hook is about, from the kernel's integrity measurement. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { HASHED_HOOKS } from '../../src/model/language/hashes.ts';
import { python } from './python.ts';
import { type Bench, openBench, PLACE, put } from './runtime-fixture.ts';

const PROGRAM = join(PLACE, 'hashed-program');
const OTHER = join(PLACE, 'other-program');
/** Kernels without it have no such directory. */
const HAS_IMA = existsSync('/sys/kernel/security/ima');

/** Locks the file, asks about it, maps it, hands it through a socket and runs it. */
const TEXT = `
import array, fcntl, mmap, os, socket, subprocess, sys
with open(sys.argv[1], 'rb') as f:
    fcntl.flock(f, fcntl.LOCK_SH)
    fcntl.ioctl(f, 0x541B, array.array('i', [0]))
    mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)
    a, b = socket.socketpair()
    socket.send_fds(a, [b'x'], [f.fileno()])
    socket.recv_fds(b, 1, 1)
subprocess.run([sys.argv[1]])
`;

const spec = (hook: string, actions: object[]) => ({
  lsmhooks: [
    {
      hook,
      args: [{ index: 0, type: HASHED_HOOKS[hook] }],
      selectors: [{ matchArgs: [{ index: 0, operator: 'Equal', values: [PROGRAM] }], matchActions: actions }],
    },
  ],
});
const TELL = [{ action: 'Post', imaHash: true }];

describe('the digest of a file', () => {
  let bench: Bench;
  let digest: string;
  before(() => {
    bench = openBench();
    copyFileSync('/bin/true', PROGRAM);
    copyFileSync('/bin/true', OTHER);
    digest = `sha256:${createHash('sha256').update(readFileSync(PROGRAM)).digest('hex')}`;
  });
  after(() => bench.close());

  const itWithout = HAS_IMA ? undefined : it;
  const itWith = HAS_IMA ? it : undefined;

  itWithout?.('is refused where the kernel has nothing to make it', () => {
    assert.throws(() => put(bench, spec('file_lock', TELL)), /has no integrity measurement \(CONFIG_IMA\)/);
  });

  for (const hook of Object.keys(HASHED_HOOKS)) {
    itWith?.(`is told by ${hook}`, () => {
      put(bench, spec(hook, TELL));
      python('-c', TEXT, PROGRAM);
      const told = bench.taken('probe').map(({ process_lsm }) => process_lsm);
      assert.equal(told[0]?.function_name, hook);
      assert.deepEqual([...new Set(told.map((event) => event?.ima_hash))], [digest]);
    });
  }

  itWith?.('is told and denied to nobody whom the policy is not about', () => {
    const deny = spec('bprm_check_security', [{ action: 'Override', argError: -13 }, ...TELL]);
    put(bench, { ...deny, containerSelector: {} });
    assert.match(python('-c', 'import os, sys; print(os.system(sys.argv[1]))', PROGRAM).out, /^0$/);
    assert.equal(bench.taken('probe').length, 0);
  });

  itWith?.('is told of what is denied, and nobody else is', () => {
    put(bench, spec('bprm_check_security', [{ action: 'Override', argError: -13 }, ...TELL]));
    // by a program that is none of ours, which are spared
    const statuses = 'import os, sys; [print(os.waitstatus_to_exitcode(os.system(p))) for p in sys.argv[1:]]';
    assert.match(python('-c', statuses, PROGRAM, OTHER).out, /126\n0$/);
    const [event, ...more] = bench.taken('probe');
    assert.equal(more.length, 0);
    assert.equal(event?.process_lsm?.ima_hash, digest);
    assert.equal(event?.tracegate?.denied, true);
    assert.equal(bench.runtime.counters('probe').denied, 1);
  });
});
