// SPDX-License-Identifier: Apache-2.0
/** systemd, as the first process of namespaces of its own: it loads BPF programs for what its units may do. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PLACE } from './runtime-fixture.ts';

export const SYSTEMD = '/usr/lib/systemd/systemd';
const CGROUP = '/sys/fs/cgroup/tracegate-systemd';
const LOOKS = 100;
const LOOK_MS = 100;

/** Its own view of cgroups begins at one that is made for it; it shares nothing that it would write to. */
const BOOT = `umount /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec ${SYSTEMD} --unit=all.target --log-target=null`;

export interface Booted {
  /** its process, whose end takes all that it has started along */
  pid: number;
  end(): Promise<void>;
}

/** `units`: the lines of each service, by name; what it may do is up to systemd once it runs. */
export function bootSystemd(units: Record<string, string>): Booted {
  const folder = mkdtempSync(join(PLACE, 'units-'));
  const names = Object.keys(units).map((name) => `${name}.service`);
  const alone = '[Unit]\nDefaultDependencies=no\n';
  writeFileSync(join(folder, 'all.target'), `${alone}Wants=${names.join(' ')}\n`);
  for (const [name, lines] of Object.entries(units))
    writeFileSync(join(folder, `${name}.service`), `${alone}[Service]\nExecStart=/bin/sleep 600\n${lines}\n`);
  mkdirSync(CGROUP, { recursive: true });
  const enter = `echo $$ > ${CGROUP}/cgroup.procs && exec unshare -p -C -m --kill-child --fork --mount-proc sh -c '${BOOT}'`;
  const child = spawn('sh', ['-c', enter], {
    env: {
      PATH: process.env.PATH,
      ...{ container: 'lab', SYSTEMD_UNIT_PATH: folder, SYSTEMD_GENERATOR_PATH: '/nonexistent' },
    },
    stdio: 'ignore',
  });
  return { pid: child.pid as number, end: () => ended(child) };
}

async function ended(child: ChildProcess): Promise<void> {
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await over;
  writeFileSync(join(CGROUP, 'cgroup.kill'), '1');
  await removed(CGROUP);
}

/** With those below it; what was in it may still be ending. */
async function removed(cgroup: string): Promise<void> {
  for (const below of readdirSync(cgroup, { withFileTypes: true }))
    if (below.isDirectory()) await removed(join(cgroup, below.name));
  for (let look = 1; ; look++) {
    try {
      return rmdirSync(cgroup);
    } catch (thrown) {
      if (look === LOOKS) throw thrown;
      await sleep(LOOK_MS);
    }
  }
}
