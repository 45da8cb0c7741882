// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** `90s`, `30m`, `2h`, `1h30m`, `1d` in seconds. A number without a unit is refused: it could mean any of them. */
export function durationSeconds(text: string, flag: string): number {
  const parts = /^(?:\d{1,7}[smhd])+$/.test(text) ? [...text.matchAll(/(\d+)([smhd])/g)] : [];
  const seconds = parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (SECONDS[unit] ?? 0), 0);
  if (seconds > 0) return seconds;
  throw new Fault('usage', `${flag} "${text}" is no duration: write 30m, 2h, 1h30m or 90s`);
}
