// SPDX-License-Identifier: Apache-2.0
/** The container a process runs in, by the names runtimes give its cgroups; the rule of bpf/include/workload.h, without the owner. */
import { readFileSync } from 'node:fs';

/** 64 hexadecimal digits, alone or behind `-` or `:`, with or without `.scope`; the watcher beside a container is the host's. */
const NAMED = /^(?:|.*[-:])([0-9a-f]{64})(?:\.scope)?$/;
const WATCHER = /conmon-/;
/** As many as upstream shows. */
const SHOWN = 31;

function idIn(path: string): string | undefined {
  const names = path.split('/').toReversed();
  const named = names.find((name) => NAMED.test(name) && !WATCHER.test(name));
  return named && NAMED.exec(named)?.[1];
}

/** Of the text of /proc/PID/cgroup; with hierarchies, that of the `pids` controller counts beside the one without. */
export function containerIn(cgroups: string): string | undefined {
  for (const line of cgroups.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue;
    const id = idIn(path.join(':'));
    if (id !== undefined) return id.slice(0, SHOWN);
  }
  return undefined;
}

/** `otherwise`: what is said of a process that has ended by now. */
export function containerOf(pid: number, otherwise?: string): string | undefined {
  try {
    return containerIn(readFileSync(`/proc/${pid}/cgroup`, 'utf8'));
  } catch {
    return otherwise; // it has ended
  }
}
