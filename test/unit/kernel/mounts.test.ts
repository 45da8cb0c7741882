// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { answersByItself, type Mount, mountsIn, openAtOnce } from '../../../src/kernel/mounts.ts';
import { openProcessFile } from '../../../src/kernel/programs.ts';

const HOST = mountsIn(`21 1 8:1 / / rw,relatime shared:1 master:2 - ext4 /dev/root rw
30 21 0:50 / /run/c/rootfs rw - overlay overlay rw,lowerdir=/a:/b
31 21 0:60 / /mnt/far rw - nfs4 server:/ rw
`);
const of = (id: string, device: string, type: string): Mount => ({ id, device, type });

describe('a mount', () => {
  it('is read from its line, whatever optional fields there are', () => {
    assert.deepEqual(HOST, [of('21', '8:1', 'ext4'), of('30', '0:50', 'overlay'), of('31', '0:60', 'nfs4')]);
  });

  for (const [what, mount, answers] of [
    ['of a disk', of('70', '8:9', 'xfs'), true],
    ['of memory', of('70', '0:99', 'tmpfs'), true],
    ['of a container that the host has mounted too', of('70', '0:50', 'overlay'), true],
    ['of an overlay that only the process has', of('70', '0:51', 'overlay'), false],
    ['served by a process', of('70', '0:99', 'fuse'), false],
    ['served by a process, of a kind of its own', of('70', '0:99', 'fuse.sshfs'), false],
    ['of the network, mounted by the host', of('31', '0:60', 'nfs4'), false],
    ['of a kind nobody knows', of('70', '0:99', 'newfs'), false],
  ] as const)
    it(`${what} ${answers ? 'is' : 'is not'} read at once`, () => {
      assert.equal(answersByItself(mount.id, [mount], HOST), answers);
    });

  it('that is gone is not read at once', () => {
    assert.equal(answersByItself('99', [], HOST), false);
  });
});

/** Nobody ever answers what is asked of it. */
const UNANSWERED = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('/dev/fuse', os.O_RDWR)
given = f'fd={fd},rootmode=40000,user_id=0,group_id=0'.encode()
if libc.mount(b'none', sys.argv[1].encode(), b'fuse', 0, given): print(os.strerror(ctypes.get_errno()), flush=True)
else: print('mounted', flush=True)
sys.stdin.read()
`;

describe('a file of a process', () => {
  it('on a disk or in memory is opened', (t) => {
    const child = spawn('sleep', ['60']);
    t.after(() => child.kill());
    const file = openProcessFile(`/proc/${child.pid}/exe`, child.pid as number);
    assert.ok(file.sizeBytes > 0);
    assert.equal(file.read(0, 4).toString('latin1'), '\x7fELF');
    file.close();
  });

  it('is not waited for when its file system is served by somebody who does not answer', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'tracegate-served-'));
    const server = spawn('unshare', ['--mount', 'python3', '-c', UNANSWERED, folder], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    t.after(() => {
      server.kill('SIGKILL');
      rmSync(folder, { recursive: true });
    });
    const [said] = (await once(server.stdout, 'data')) as [Buffer];
    if (said.toString().trim() !== 'mounted') return t.skip(`no such file system can be mounted: ${said}`);
    const [inside, pid] = [`/proc/${server.pid}/root${folder}`, server.pid as number];
    assert.throws(() => openProcessFile(inside, pid), /served by/);
    assert.equal(openAtOnce(inside, pid), undefined);
  });
});
