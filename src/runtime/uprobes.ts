// SPDX-License-Identifier: Apache-2.0
/** Hanging programs on places in files: the file is held open and looked at again, so that it is the one that was meant. */
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { constants as os } from 'node:os';
import { Fault } from '../errors.ts';
import { identityOf } from '../kernel/programs.ts';
import type { Attachment, FilePlace } from '../plan/plan.ts';
import type { FileAttach, Native, NativeFailure } from './native.ts';

const PMU = '/sys/bus/event_source/devices/uprobe';

/** Where the kernel's perf events know uprobes by another number on each host. */
function pmu(): { pmuType: number; returnBit: number } {
  const bit = /^config:(\d+)/.exec(readFileSync(`${PMU}/format/retprobe`, 'utf8'))?.[1];
  return { pmuType: Number(readFileSync(`${PMU}/type`, 'utf8')), returnBit: Number(bit) };
}

function opened(file: FilePlace): number {
  try {
    return openSync(file.path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new Fault('kernel', `${file.path} was there when it was looked at and cannot be opened now`, {
      cause,
    });
  }
}

/** Calls back with the place by the open file's own name, which nobody can exchange. */
function withFile(program: Attachment, attach: (place: FileAttach) => number): number {
  const file = program.file as FilePlace;
  const fd = opened(file);
  try {
    if (identityOf(fd) !== file.identity)
      throw new Fault('kernel', `${file.path} changed since it was looked at: apply the policy again`);
    const { offset, refCtrOffset, atReturn } = file;
    return attach({ path: `/proc/self/fd/${fd}`, offset, refCtrOffset, atReturn });
  } catch (thrown) {
    if ((thrown as NativeFailure).errno !== os.errno.EINVAL) throw thrown;
    const why =
      'the kernel takes no hook there: the place may be hooked with another reference counter (or without one) already, ' +
      'by a policy in force, which then is to be deleted first; or no instruction begins there';
    throw new Fault('kernel', why, { cause: thrown });
  } finally {
    closeSync(fd); // the link holds the file's inode
  }
}

export function attachUprobe(native: Native, progFd: number, program: Attachment): number {
  return withFile(program, (place) => native.attachUprobe(progFd, { ...place, ...pmu() }));
}

export function attachUprobeMulti(native: Native, progFd: number, program: Attachment): number {
  return withFile(program, (place) => native.attachUprobeMulti(progFd, place));
}

export const UPROBE_PMU = PMU;
