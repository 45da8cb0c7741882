// SPDX-License-Identifier: Apache-2.0
/** The container a process runs in, by the names runtimes give its cgroups; the rule of bpf/include/workload.h, without the owner. */
import { readFileSync } from 'node:fs';

/** 64 hexadecimal digits, alone or behind `-` or `:`, with or without `.scope`; the watcher beside a container is the host's. */
const NAMED = /^(?:|.*[-:])([0-9a-f]{64})(?:\.scope)?$/;
const WATCHER = /conmon-/;
/** As many as upstream shows. */
const SHOWN = 31;

export const shownId = (id: string): string => id.slice(0, SHOWN);

/** The whole id that the name of a cgroup carries; undefined: it is no container's. */
export function containerIdOf(name: string): string | undefined {
  return WATCHER.test(name) ? undefined : NAMED.exec(name)?.[1];
}

function idIn(path: string): string | undefined {
  for (const name of path.split('/').toReversed()) {
    const id = containerIdOf(name);
    if (id !== undefined) return id;
  }
  return undefined;
}

/** `pod`, and behind it the uid: with `_` for `-` in a slice's name; of static pods it is a digest. */
const POD = /(?:^|-)pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12}|[0-9a-f]{32})(?:\.slice)?(?::|$)/;

/** The uid of the pod that the kubelet named a cgroup after, in its own spelling; undefined: it is no pod's. */
export function podUidOf(name: string): string | undefined {
  return POD.exec(name)?.[1]?.replaceAll('_', '-');
}

/** Of the text of /proc/PID/cgroup; with hierarchies, that of the `pids` controller counts beside the one without. */
export function containerIn(cgroups: string): string | undefined {
  for (const line of cgroups.split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    if (controllers !== '' && !controllers.split(',').includes('pids')) continue;
    const id = idIn(path.join(':'));
    if (id !== undefined) return shownId(id);
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
