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
  /** for how long it has had something to tell and told nothing */
  lagSeconds: number;
  late: boolean;
  error?: string;
}

/** A gate whose log is not copied goes on judging: what it has not told yet lies in the log. */
export function sinkWarnings(sinks: readonly SinkView[]): { name: string; message: string }[] {
  return sinks.flatMap(({ name, error, behind, late, lagSeconds }) => {
    const why = error ?? (late ? `nothing was taken for ${Math.round(lagSeconds)} s` : undefined);
    return why === undefined
      ? []
      : [{ name: `sink-${name.split(' ')[0]}`, message: `${name}: ${why}; ${behind} records behind` }];
  });
}
