// SPDX-License-Identifier: Apache-2.0
/** What the gate's programs tell, as records of the audit log: who asked for what, and which rule forbade it. */
import { type LoaderName, programTypeName } from '../../model/bpf-gate.ts';
import { type InodeFact, sameInode } from '../../model/inode.ts';
import { TG_GATE_KIND, TG_GATE_LOADER_STATE } from '../../plan/layout.generated.ts';
import type { GateEvent } from '../../runtime/bpf-gate/gate-values.ts';
import type { Digest, RanExecutable } from '../../watch/bpf/exe-digests.ts';
import { PLACES } from './verdicts.ts';

const WORDS: Record<number, string> = {
  [TG_GATE_KIND.TG_GK_LOAD]: 'load',
  [TG_GATE_KIND.TG_GK_ATTACH]: 'attach',
  [TG_GATE_KIND.TG_GK_PIN]: 'pin',
  [TG_GATE_KIND.TG_GK_TOKEN]: 'token',
  [TG_GATE_KIND.TG_GK_LATE]: 'load behind the verifier',
  [TG_GATE_KIND.TG_GK_OURS_OPENED]: 'open of an object of ours',
  [TG_GATE_KIND.TG_GK_OURS_DETACHED]: 'detach of a link of ours',
  [TG_GATE_KIND.TG_GK_OURS_UNPINNED]: 'removal of a pin or file of ours',
  [TG_GATE_KIND.TG_GK_OURS_UNMOUNTED]: 'unmount of what our pins lie on',
  [TG_GATE_KIND.TG_GK_OURS_TRACED]: 'trace of the agent',
  [TG_GATE_KIND.TG_GK_EXE_SET]: 'another executable for itself',
  [TG_GATE_KIND.TG_GK_TRACED_EXEC]: 'start of a known loader while traced',
  [TG_GATE_KIND.TG_GK_LOADER_TRACED]: 'trace of a known loader',
};

const STATES: Record<number, string> = {
  [TG_GATE_LOADER_STATE.TG_GL_UNKNOWN]: 'unknown',
  [TG_GATE_LOADER_STATE.TG_GL_KNOWN]: 'known',
  [TG_GATE_LOADER_STATE.TG_GL_CHANGED]: 'changed since it was read',
  [TG_GATE_LOADER_STATE.TG_GL_TRACED]: 'traced by another process',
};

/** What guards ourselves is no rule of the bundle: it cannot be switched off or excepted. */
export const OWN_RULE = 'BPG-911';

export const isAboutUs = ({ kind }: GateEvent): boolean => kind >= TG_GATE_KIND.TG_GK_OURS_OPENED;

export interface Told {
  rule: string;
  message?: string | undefined;
  /** why a loader that is listed is not known */
  refused?: string | undefined;
  loader: LoaderName;
}

export function recordBody(
  event: GateEvent,
  { rule, message, refused, loader }: Told,
): Record<string, unknown> {
  const { tgid, tid, uid, comm, programType, attachType, target, objectId } = event;
  const request = WORDS[event.kind] ?? `kind ${event.kind}`;
  const type = programTypeName(programType);
  const program = { type, name: event.name, attachType, target };
  return {
    ...{ request, rule, denied: event.denied, command: event.command },
    ...(message !== undefined && { message }),
    ...(isAboutUs(event) ? { name: event.name, id: objectId } : { program, id: objectId }),
    loader: {
      ...loader,
      state: STATES[event.state] ?? 'unknown',
      inode: event.exe,
      ...(refused !== undefined && { refused }),
    },
    process: { pid: tgid, tid, uid, comm, startBootNs: String(event.startBootNs) },
    place: PLACES.find(([number]) => number === event.place)?.[1],
    cgroupId: String(event.cgroupId),
    bootNs: String(event.bootNs),
  };
}

export function typeOfRecord(event: GateEvent): string {
  if (isAboutUs(event)) return 'bpf_gate_ours';
  return event.denied ? 'bpf_gate_denied' : 'bpf_gate_would_deny';
}

/** The executable of somebody who is not known: as long as it runs or its file is where it was. */
export function ranBy(event: GateEvent, identify: (fd: number) => InodeFact): RanExecutable {
  const { tgid, exe, ctimeNs, path = '' } = event;
  return {
    tgid,
    exe: { path, device: exe.device, inode: BigInt(exe.ino), ctimeNs },
    isIt: (fd) => sameInode(identify(fd), exe),
  };
}

export const withDigest = (path: string, digest: Digest): LoaderName => ({
  path,
  digest: 'sha256' in digest ? `sha256:${digest.sha256}` : '',
});
