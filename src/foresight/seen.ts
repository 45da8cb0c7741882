// SPDX-License-Identifier: Apache-2.0
/** What was seen of the past: a process, and a call that it made. From a recorded event or the table of processes. */
import type { NormalHook } from '../model/normal-policy.ts';
import type { ObservedProcess } from '../plan/matcher.ts';
import type { EventArg } from './observed.ts';

/** Whose a process is, in numbers; what is absent was not told. */
export interface ProcessIds {
  uid?: bigint;
  gid?: bigint;
  suid?: bigint;
  sgid?: bigint;
  euid?: bigint;
  egid?: bigint;
  fsuid?: bigint;
  fsgid?: bigint;
  auid?: bigint;
}

export interface SeenProcess {
  pid?: number;
  /** the path of the executable; absent: not told */
  binary?: string;
  parentBinary?: string;
  /** of the process, its parent and so on, as far as they are known */
  pids: number[];
  /** all of them up to the first process are known */
  wholeLineage?: true;
  /** absent: not told */
  inContainer?: boolean;
  namespaces?: ObservedProcess['namespaces'];
  capabilities?: ObservedProcess['capabilities'];
  userNamespaceLevel?: number;
  ids?: ProcessIds;
  /** who it is for people: a systemd unit, a pod, a container */
  unit?: string;
  pod?: string;
  container?: string;
}

export interface SeenCall {
  process: SeenProcess;
  /** the hook's name in normal form, as `sys_openat`, `security_file_open`, `sched/sched_process_exec` */
  call: string;
  /** what that is a place of, where it has another name: `sys_openat` of `syscalls/sys_enter_openat` */
  also?: string;
  /** the policy whose hook told of it; absent: the execution of a program, which is told without one */
  policy?: string;
  /** values in the order of that policy's arguments */
  args: readonly EventArg[];
  returned?: EventArg;
  /** how many calls of the same kind the event stands for */
  times: number;
}

/** The hooks of the policies that recorded events: they say which parameters the values of an event are. */
export type Recorders = ReadonlyMap<string, readonly NormalHook[]>;
