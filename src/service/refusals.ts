// SPDX-License-Identifier: Apache-2.0
/**
 * Refused log-ins and unreadable submissions belong in the log, and must not be a way to fill it: past a budget per
 * minute and kind they are counted, and the count is written down instead.
 */
import type { AuditEntry, AuditLog } from '../audit/index.ts';

const BUDGET_PER_WINDOW = 60;
const WINDOW_MS = 60_000;

interface Window {
  startedMs: number;
  written: number;
  suppressed: number;
}

export class Refusals {
  readonly #audit: AuditLog;
  readonly #nowMs: () => number;
  readonly #windows = new Map<string, Window>();

  constructor(audit: AuditLog, nowMs: () => number = () => performance.now()) {
    this.#audit = audit;
    this.#nowMs = nowMs;
  }

  /** Never throws and never keeps anybody waiting: the answer was "no" already. */
  note(entry: AuditEntry): void {
    const window = this.#windowOf(entry.type);
    if (window.written >= BUDGET_PER_WINDOW) {
      window.suppressed += 1;
      return;
    }
    window.written += 1;
    this.#write(entry);
  }

  /** Writes down what was only counted so far. */
  flush(): void {
    for (const [type, window] of this.#windows) this.#settle(type, window);
  }

  #windowOf(type: string): Window {
    const window = this.#windows.get(type);
    if (window !== undefined && this.#nowMs() - window.startedMs < WINDOW_MS) return window;
    if (window !== undefined) this.#settle(type, window);
    const fresh = { startedMs: this.#nowMs(), written: 0, suppressed: 0 };
    this.#windows.set(type, fresh);
    return fresh;
  }

  #settle(type: string, window: Window): void {
    if (window.suppressed === 0) return;
    this.#write({ type: 'audit.suppressed', object: type, body: { count: window.suppressed } });
    window.suppressed = 0;
  }

  #write(entry: AuditEntry): void {
    this.#audit.appendSoon([entry]).catch(() => undefined);
  }
}
