// SPDX-License-Identifier: Apache-2.0
/** From what the watch tells to what rules are asked: how long a program was there, how many were loaded in a minute, what was new. */
import type { BpfActivity, BpfSighting } from '../../model/bpf.ts';
import type { KnownPrograms } from './known-programs.ts';

const RATE_MS = 60_000;
const LIVES_MOST = 8192;
const LOADERS_MOST = 1024;
/** The whole of a longer life is nobody's question. */
const SECONDS_MOST = 3600;
const UNSEEN = new Set(['bpf.gap', 'bpf.hidden', 'bpf.missed']);

type Program = BpfSighting['program'];
type Loader = BpfSighting['loader'];

interface Life {
  loadedMs: number;
  attached: boolean;
  loader: Loader;
  program: Program;
}

const NO_PROGRAM: Program = { name: '', type: '', tag: '', attachType: '', signature: 'none' };
const NOTHING: BpfSighting = {
  what: 'unseen',
  ours: false,
  loader: { path: '', digest: '' },
  program: NO_PROGRAM,
  before: [],
  sameLoader: true,
  kernelChecks: false,
  seconds: 0,
  attached: false,
  count: 0,
  record: '',
  view: '',
  detail: '',
};

export interface SightingsOptions {
  known: KnownPrograms;
  kernelChecks: boolean;
  view(): string;
}

export class Sightings {
  readonly #options: SightingsOptions;
  readonly #lives = new Map<string, Life>();
  #rates = new Map<string, { loader: Loader; count: number }>();
  #ratesSinceMs: number;

  constructor(options: SightingsOptions, nowMs: number) {
    this.#options = options;
    this.#ratesSinceMs = nowMs;
  }

  /** What an activity comes to; undefined: nothing that rules are asked about. */
  of(activity: BpfActivity): BpfSighting | undefined {
    const { type, object = '' } = activity;
    if (type === 'bpf.load.done') return this.#loaded(activity);
    if (type === 'bpf.unload') return this.#gone(activity);
    if (UNSEEN.has(type)) return this.#unseen(activity);
    if (type === 'bpf.probes') this.#count(loaderOf(activity), probesIn(activity));
    const life = type === 'bpf.attach.done' ? this.#lives.get(object) : undefined;
    if (life) life.attached = true;
    return undefined;
  }

  #loaded(activity: BpfActivity): BpfSighting {
    const { object = '', time } = activity;
    const ours = activity.ours === true;
    const [loader, program] = [loaderOf(activity), programOf(activity)];
    this.#lives.set(object, { loadedMs: Date.parse(time), attached: false, loader, program });
    if (this.#lives.size > LIVES_MOST) this.#lives.delete(this.#lives.keys().next().value ?? '');
    if (!ours) this.#count(loader, 1);
    const { known, kernelChecks } = this.#options;
    const past = ours ? {} : known.take({ ...loader, ...program });
    return { ...NOTHING, what: 'loaded', ours, loader, program, kernelChecks, ...past };
  }

  /** Of one that was there before the watch nobody knows how long it was. */
  #gone({ object = '', time, ours }: BpfActivity): BpfSighting | undefined {
    const life = this.#lives.get(object);
    this.#lives.delete(object);
    if (!life) return undefined;
    const { loader, program, attached, loadedMs } = life;
    const seconds = shortened((Date.parse(time) - loadedMs) / 1000);
    return { ...NOTHING, what: 'gone', ours: ours === true, loader, program, attached, seconds };
  }

  #unseen({ type, object, ours, body }: BpfActivity): BpfSighting {
    const { what, first, last, lost } = body as Record<string, unknown>;
    const numbers = first === undefined ? '' : `numbers ${first} to ${last}`;
    const many = typeof lost === 'number' && lost > 0 ? `${lost} of them` : '';
    const detail = [object, what, numbers, many].filter(Boolean).join(', ');
    return {
      ...NOTHING,
      what: 'unseen',
      ours: ours === true,
      record: type,
      view: this.#options.view(),
      detail,
    };
  }

  #count(loader: Loader, count: number): void {
    const key = loader.path || loader.digest;
    const so = this.#rates.get(key) ?? { loader, count: 0 };
    so.count += count;
    if (this.#rates.size < LOADERS_MOST || this.#rates.has(key)) this.#rates.set(key, so);
  }

  /** Once a minute: how many programs each loader loaded in it. */
  rates(nowMs: number): BpfSighting[] {
    if (nowMs - this.#ratesSinceMs < RATE_MS) return [];
    const all = [...this.#rates.values()];
    this.#rates = new Map();
    this.#ratesSinceMs = nowMs;
    return all.map(({ loader, count }) => ({ ...NOTHING, what: 'often', loader, count }));
  }
}

function loaderOf({ by }: BpfActivity): Loader {
  const { path = '', sha256 } = by?.exe ?? {};
  return { path, digest: sha256 === undefined ? '' : `sha256:${sha256}` };
}

function programOf({ body }: BpfActivity): Program {
  const {
    name = '',
    type = '',
    tag = '',
    attachType = '',
    signed = 'none',
  } = body.program as Partial<Program> & {
    signed?: Program['signature'];
  };
  return { name, type, tag, attachType, signature: signed };
}

function probesIn({ body }: BpfActivity): number {
  const { loaded = 0, refused = 0 } = body as { loaded?: number; refused?: number };
  return loaded + refused;
}

/** As exactly as it matters: what is equal is judged once. */
function shortened(seconds: number): number {
  const whole = Math.min(SECONDS_MOST, Math.max(0, seconds));
  return whole < 1 ? Math.floor(whole * 100) / 100 : Math.floor(whole);
}
