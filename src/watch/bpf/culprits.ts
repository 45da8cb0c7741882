// SPDX-License-Identifier: Apache-2.0
/** Who it was: what the kernel told of the process, with what is known of it, of where it ran and of whom it comes from. */
import type { BpfCulprit, BpfExecutable } from '../../model/bpf.ts';
import { TG_CULPRIT_FLAG } from '../../plan/layout.generated.ts';
import type { BootClock } from '../boot-clock.ts';
import type { PodOf, ProcessCache } from '../process-cache.ts';
import type { RawCulprit } from './audit-records.ts';
import { CgroupPaths, type CgroupPlace } from './cgroup-paths.ts';

const ANCESTORS_MOST = 16;
const UNSET = 0xffffffff;

export interface CulpritsOptions {
  processes: ProcessCache;
  clock: BootClock;
  podOf?: PodOf;
}

function executable({ exe }: RawCulprit): BpfExecutable | undefined {
  if (exe.inode === 0n) return undefined;
  return {
    path: exe.partial ? `…${exe.path}` : exe.path,
    device: exe.device,
    inode: String(exe.inode),
    ...(exe.links === 0 && { deleted: true as const }),
  };
}

export class Culprits {
  readonly #options: CulpritsOptions;
  readonly cgroups = new CgroupPaths();

  constructor(options: CulpritsOptions) {
    this.#options = options;
  }

  of(raw: RawCulprit): BpfCulprit {
    const { processes, clock } = this.#options;
    const known = processes.find(raw.tgid, raw.startBootNs);
    const exe = executable(raw);
    return {
      pid: raw.tgid,
      tid: raw.tid,
      started: clock.rfc3339(raw.startBootNs),
      uid: raw.uid,
      euid: raw.euid,
      gid: raw.gid,
      ...(raw.loginuid !== UNSET && { loginuid: raw.loginuid }),
      ...(raw.sessionid !== UNSET && { sessionid: raw.sessionid }),
      comm: raw.comm,
      ...((raw.flags & TG_CULPRIT_FLAG.TG_BY_KTHREAD) !== 0 && { kernel: true as const }),
      ...(exe && { exe }),
      ...(known?.arguments && { arguments: known.arguments }),
      ...this.#place(raw),
      namespaces: raw.namespaces,
      capabilities: raw.capabilities.toString(16),
      ...(raw.userNamespaceLevel > 0 && { userNamespaceLevel: raw.userNamespaceLevel }),
      ancestors: this.#ancestors(raw),
    };
  }

  #place({ cgroupId }: RawCulprit): Partial<BpfCulprit> {
    const found: Partial<CgroupPlace> = this.cgroups.place(cgroupId) ?? {};
    const { podUid, ...place } = found;
    const pod = place.container === undefined ? undefined : this.#options.podOf?.(place.container);
    const shown = pod ? `${pod.namespace}/${pod.name}` : podUid;
    return { ...place, ...(shown !== undefined && { pod: shown }) };
  }

  #ancestors({ parentTgid, parentStartBootNs }: RawCulprit): BpfCulprit['ancestors'] {
    const found: BpfCulprit['ancestors'] = [];
    let [pid, startBootNs] = [parentTgid, parentStartBootNs];
    while (pid > 0 && found.length < ANCESTORS_MOST) {
      const entry = this.#options.processes.find(pid, startBootNs);
      if (!entry) break;
      found.push({ pid, binary: entry.binary });
      [pid, startBootNs] = [entry.parentPid, entry.parentStartBootNs];
    }
    return found;
  }
}
