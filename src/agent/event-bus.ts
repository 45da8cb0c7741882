// SPDX-License-Identifier: Apache-2.0
import type { TraceEvent } from '../model/event.ts';

const QUEUE_MAX = 10_000;

/** Events to whoever listens now. A listener that falls behind loses the oldest, and the next one it gets says how many. */
export class EventBus {
  readonly #listeners = new Set<Listener>();

  get hasListeners(): boolean {
    return this.#listeners.size > 0;
  }

  publish(event: TraceEvent): void {
    for (const listener of this.#listeners) listener.push(event);
  }

  async *subscribe(signal: AbortSignal): AsyncGenerator<TraceEvent> {
    const listener = new Listener();
    const wake = () => listener.wake();
    this.#listeners.add(listener);
    signal.addEventListener('abort', wake);
    try {
      while (!signal.aborted) {
        const event = listener.take();
        if (event) yield event;
        else await listener.wait();
      }
    } finally {
      this.#listeners.delete(listener);
      signal.removeEventListener('abort', wake);
    }
  }
}

class Listener {
  #queue: TraceEvent[] = [];
  #lost = 0;
  #wake: (() => void) | undefined;

  push(event: TraceEvent): void {
    if (this.#queue.length >= QUEUE_MAX) {
      this.#queue.shift();
      this.#lost++;
    }
    this.#queue.push(event);
    this.wake();
  }

  take(): TraceEvent | undefined {
    const event = this.#queue.shift();
    if (!event || this.#lost === 0) return event;
    const lost_before = this.#lost;
    this.#lost = 0;
    return { ...event, tracegate: { ...event.tracegate, lost_before } };
  }

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}
