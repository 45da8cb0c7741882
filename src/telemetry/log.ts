// SPDX-License-Identifier: Apache-2.0
import { type Logger as PinoLogger, pino } from 'pino';

export type Logger = Pick<PinoLogger, 'debug' | 'info' | 'warn' | 'error'>;

/** One JSON object a line on stderr: stdout is for data. Whatever names a secret is masked before it is written. */
export function openLog(level: string): Logger {
  const redact = { paths: ['authorization', '*.authorization', 'token', '*.token'], censor: '[secret]' };
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact },
    pino.destination({ fd: 2, sync: true }),
  );
}

/** With a stream of its own: pino's default one opens a descriptor and waits for the process to end. */
export const silentLog: Logger = pino({ level: 'silent' }, { write: () => undefined });
