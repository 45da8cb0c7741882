// SPDX-License-Identifier: Apache-2.0
/** How a place that copies of the log go to gets on. */
export interface SinkView {
  /** `webhook of gate-audit` */
  name: string;
  /** records it has still to tell */
  behind: number;
  delivered: number;
  /** what the receiver would not take */
  laidAside: number;
  error?: string;
}

/** A gate whose log is not copied goes on judging: what it has not told yet lies in the log. */
export function sinkWarnings(sinks: readonly SinkView[]): { name: string; message: string }[] {
  return sinks.flatMap(({ name, error, behind }) =>
    error === undefined
      ? []
      : [{ name: `sink-${name.split(' ')[0]}`, message: `${name}: ${error}; ${behind} records behind` }],
  );
}
