// SPDX-License-Identifier: Apache-2.0
import type { AuditEntry } from './record-bytes.ts';

/** Less than this is a clock being kept right; more is somebody, or something, that set it. */
const JUMP_MS = 5000;

/** Holds the wall clock against one that nobody sets: a record for each jump, before anything is dated by it. */
export class ClockWatch {
  readonly #steadyMs: () => number;
  #wallMs: number | undefined;
  #atMs = 0;

  constructor(steadyMs: () => number = () => performance.now()) {
    this.#steadyMs = steadyMs;
  }

  look(now: Date): AuditEntry[] {
    const [wallMs, atMs] = [now.getTime(), this.#steadyMs()];
    const expectedMs = this.#wallMs === undefined ? wallMs : this.#wallMs + atMs - this.#atMs;
    [this.#wallMs, this.#atMs] = [wallMs, atMs];
    const jumpMs = Math.round(wallMs - expectedMs);
    if (Math.abs(jumpMs) < JUMP_MS) return [];
    const expected = new Date(expectedMs).toISOString();
    return [{ type: 'clock.jumped', body: { expected, jumpMs } }];
  }
}

/** What the time since the last record says at a start: the end that is missing, the clock that went back. */
export function gapSince(
  last: { type: string; time: string } | undefined,
  now: Date,
): Record<string, unknown> {
  if (last === undefined) return {};
  const aheadMs = Date.parse(last.time) - now.getTime();
  return {
    ...(last.type.endsWith('.stopped') ? {} : { endMissing: { lastTime: last.time, lastType: last.type } }),
    ...(aheadMs > JUMP_MS ? { clockWentBackMs: aheadMs } : {}),
  };
}
