// SPDX-License-Identifier: Apache-2.0
/** How each kind of program is hung up; the answer is a link, which lives as long as its pin. */
import { Fault } from '../errors.ts';
import { tracepointFile } from '../kernel/facts.ts';
import type { Attachment, Template } from '../plan/plan.ts';
import type { Native } from './native.ts';
import { attachUprobe, attachUprobeMulti } from './uprobes.ts';

type Attach = (native: Native, progFd: number, program: Attachment) => number;

const tracing: Attach = (native, progFd) => native.attachTracing(progFd);
const rawTracepoint: Attach = (native, progFd, { target }) => native.attachRawTracepoint(progFd, target);

function tracepoint(native: Native, progFd: number, { target }: Attachment): number {
  const id = tracepointFile(target, 'id');
  if (!id) throw new Fault('kernel', `tracepoint ${target} has no id in tracefs: is tracefs mounted?`);
  return native.attachTracepoint(progFd, Number(id));
}

export const ATTACH: Record<Template, Attach> = {
  fentry: tracing,
  fexit: tracing,
  fmod_ret: tracing,
  kin_exec: rawTracepoint,
  kin_fork: tracing,
  lsm: tracing,
  lsm_hash: tracing,
  raw_tracepoint: rawTracepoint,
  sys_enter: rawTracepoint,
  sys_exit: rawTracepoint,
  tracepoint,
  loader: tracing,
  uprobe: attachUprobe,
  uprobe_multi: attachUprobeMulti,
  walk: tracing,
};
