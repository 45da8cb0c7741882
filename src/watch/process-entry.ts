// SPDX-License-Identifier: Apache-2.0
import type { EventProcess } from '../model/event.ts';

/** A process as far as it is known: from /proc or from the kernel's records. */
export interface ProcessEntry {
  pid: number;
  startBootNs: bigint;
  uid: number;
  auid: number;
  binary: string;
  arguments: string;
  cwd: string;
  flags: string;
  /** the beginning of its container's id; none: it is the host's own */
  container?: string | undefined;
  parentPid: number;
  parentStartBootNs: bigint;
  /** as events show its first thread, and the other thread that was told of last, while they are kept */
  shown?: EventProcess | undefined;
  thread?: EventProcess | undefined;
}
