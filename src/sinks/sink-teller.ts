// SPDX-License-Identifier: Apache-2.0
import type { Logger } from '../telemetry/log.ts';

/** Tells the process's own log when a sink no longer gets on, and when it does again. */
export function sinkTeller(log: Logger): (name: string, error: string | undefined) => void {
  return (name, error) => {
    if (error === undefined) log.info({ sink: name }, 'the sink gets on again');
    else log.warn({ sink: name, error }, 'the sink does not get on; it is tried again, and nothing is lost');
  };
}
