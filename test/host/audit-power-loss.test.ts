// SPDX-License-Identifier: Apache-2.0
/** The power goes while records are written: a guest with a disk of its own, its QEMU killed, booted again. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from '../fixtures/running-up.ts';

const LAB = process.env.VMLAB ?? '/var/tmp/tracegate-lab';
const KERNEL = 'custom';
const LOSSES = 2;
const BOOT_LIMIT_MS = 300_000;
/** Node itself ended, in an emulated machine: that tells nothing of the log. */
const BROKE_OFF = /(^|: )(# Fatal error in|Segmentation fault|Illegal instruction)/m;
const BREAKS_MAX = 2;

function missing(): string | undefined {
  if (!existsSync(join(LAB, 'kernels', `${KERNEL}.elf`))) return `the lab kernel ${KERNEL} is not made`;
  return ['/usr/sbin/mke2fs', '/sbin/mke2fs'].some(existsSync) ? undefined : 'mke2fs is not installed';
}

describe('a power loss', { skip: missing() ?? false }, () => {
  const directory = mkdtempSync(join(tmpdir(), 'tracegate-power-'));
  after(() => rmSync(directory, { recursive: true }));
  const disk = join(directory, 'disk.img');
  const known = join(directory, 'known');
  const out = join(directory, 'out');
  const node = `${process.execPath} --disable-warning=ExperimentalWarning`;
  const script = (name: string) => join(ROOT, 'test/fixtures/audit-kills', name);
  const mounted = 'mkdir -p /disk && mount -t ext4 /dev/vda /disk';
  const check = `${node} ${script('check.ts')} /disk/log.db ${known}`;

  /** A guest that runs the command with the disk in it; `pid` is that of its QEMU. */
  function boot(command: string) {
    const more = `-pidfile ${join(directory, 'pid')} -drive file=${disk},if=none,id=disk,format=raw -device virtio-blk-pci,drive=disk`;
    const args = [
      '-k',
      KERNEL,
      '-s',
      '1',
      '-t',
      String(BOOT_LIMIT_MS / 1000),
      '-o',
      out,
      '-q',
      more,
      command,
    ];
    const guest = spawn(join(ROOT, 'test/lab/vmrun'), args, {
      cwd: ROOT,
      env: { ...process.env, VMLAB: LAB },
    });
    let text = '';
    for (const stream of [guest.stdout, guest.stderr]) stream.on('data', (chunk) => (text += chunk));
    const ended = new Promise<{ code: number | null; text: string }>((resolve) =>
      guest.on('close', (code) => resolve({ code, text })),
    );
    return { ended, pid: () => Number(readFileSync(join(directory, 'pid'), 'utf8')) };
  }

  it('takes nothing that was acknowledged', { timeout: (LOSSES + 1) * BOOT_LIMIT_MS }, async () => {
    execFileSync('truncate', ['-s', '64M', disk]);
    execFileSync('mke2fs', ['-q', '-t', 'ext4', '-F', disk], {
      env: { PATH: '/usr/sbin:/sbin:/usr/bin:/bin' },
    });
    writeFileSync(known, '');
    let [losses, breaks, acknowledged] = [0, 0, 0];
    while (losses < LOSSES) {
      const first = `${losses + breaks === 0 ? 'true' : check} && `;
      const numbers = `${losses + breaks + 1}000000`;
      const guest = boot(
        `${mounted} && ${first}${node} ${script('writer.ts')} /disk/log.db /disk/log.key ${numbers} >/run/vm/told`,
      );
      const ended = await enough(join(out, 'told'), guest.ended);
      if (ended === undefined) process.kill(guest.pid(), 'SIGKILL');
      await guest.ended;
      acknowledged += keep(join(out, 'told'));
      assert.ok(ended === undefined || (BROKE_OFF.test(ended) && breaks < BREAKS_MAX), ended);
      if (ended === undefined) losses += 1;
      else breaks += 1;
    }
    const look = () => boot(`${mounted} && ${check}`).ended;
    const first = await look();
    const { code, text } = BROKE_OFF.test(first.text) ? await look() : first;
    assert.equal(code, 0, text);
    assert.match(text, new RegExp(`held ${acknowledged} \\d+`));
  });

  /** What the guest acknowledged goes to what is known; answers with how many records that are. */
  function keep(file: string): number {
    if (!existsSync(file)) return 0;
    const lines = readFileSync(file, 'utf8').split('\n').slice(1, -1);
    appendFileSync(known, lines.map((line) => `${line}\n`).join(''));
    rmSync(file);
    return lines.length;
  }

  /** Undefined once enough is acknowledged; what the guest said where it ended before that. */
  async function enough(file: string, ended: Promise<{ text: string }>): Promise<string | undefined> {
    const WANTED = 200;
    const gone = ended.then(({ text }) => `the guest ended before it wrote enough: ${text}`);
    for (;;) {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').length : 0;
      if (lines > WANTED) return wait(Math.random() * 300, undefined);
      const early = await Promise.race([gone, wait(200)]);
      if (early) return early;
    }
  }
});
