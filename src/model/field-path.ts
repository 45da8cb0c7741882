// SPDX-License-Identifier: Apache-2.0
/** Paths inside the kernel's structures, as `resolve` writes them: `f_path.dentry.d_name.name`, `groups[2].val`. */

/** A member's name, or an index of an array or pointer. */
export type FieldStep = string | number;

/** What a path starts at: a parameter of a function or raw tracepoint, or a structure by its name. */
export type FieldStart =
  | { function: string; param: number }
  | { rawTracepoint: string; param: number }
  | { type: string };

export interface FieldQuery {
  start: FieldStart;
  path: string;
}

/** How a value inside the kernel's structures is reached: each offset but the last leads to a pointer that is followed. */
export interface FieldRoute {
  offsets: number[];
  /** of the value; 0: it is a structure or array, and its address is what there is */
  sizeBytes: number;
  signed: boolean;
  /** as C writes it; of a structure or array the pointer to it */
  type: string;
  /** of a structure: the first of its members */
  members?: string[];
}

export const FIELD_STEPS_MAX = 10;
const SYNTAX =
  /^(?:\[\d{1,6}\])*(?:(?<=^|\])[A-Za-z_]\w*|)(?:\[\d{1,6}\])*(?:\.[A-Za-z_]\w*(?:\[\d{1,6}\])*)*$/;
const STEP = /\[(\d+)\]|[A-Za-z_]\w*/g;

/** Undefined when it is no such path. */
export function fieldSteps(path: string): FieldStep[] | undefined {
  if (path === '' || path.startsWith('.') || !SYNTAX.test(path)) return undefined;
  return [...path.matchAll(STEP)].map(([name, index]) => (index === undefined ? name : Number(index)));
}

/** One name for what is asked about: `security_file_open[0] f_path.dentry`. */
export function fieldName({ start, path }: FieldQuery): string {
  if ('type' in start) return `${start.type} ${path}`;
  const of = 'function' in start ? start.function : start.rawTracepoint;
  return `${of}[${start.param}] ${path}`;
}
