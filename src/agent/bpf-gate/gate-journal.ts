// SPDX-License-Identifier: Apache-2.0
/**
 * What the gate's programs tell, into the audit log and the baseline, in the order it happened. A record waits for the digest of
 * the executable of whoever is not known, but not for long; how many may wait is bounded, and what finds no room is counted.
 */
import type { AuditLog } from '../../audit/index.ts';
import type { LoaderName } from '../../model/bpf-gate.ts';
import { TG_GATE_KIND, TG_GATE_LOADER_STATE } from '../../plan/layout.generated.ts';
import type { BpfGate } from '../../runtime/bpf-gate/gate.ts';
import type { GateEvent } from '../../runtime/bpf-gate/gate-values.ts';
import { digestSoon, type ExeDigests } from '../../watch/bpf/exe-digests.ts';
import type { LearnedBaseline, Loaded } from './baseline.ts';
import { isAboutUs, OWN_RULE, ranBy, recordBody, typeOfRecord, withDigest } from './gate-records.ts';
import type { Loaders } from './loaders.ts';
import type { RuleNumbers } from './verdicts.ts';

export interface GateJournalDeps {
  audit: AuditLog;
  digests: ExeDigests;
  baseline: LearnedBaseline;
  numbers: RuleNumbers;
  now: () => Date;
  onFault: (thrown: unknown) => void;
}

/** What the rule says, and why a listed executable is not known. */
interface Why {
  message: string | undefined;
  refused: string | undefined;
}

const NOBODY: LoaderName = { path: '', digest: '' };
const WAITING_MOST = 20_000;

export class GateJournal {
  readonly #deps: GateJournalDeps;
  #written: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  /** records that there was no room to keep until they were written */
  unkept = 0;

  constructor(deps: GateJournalDeps) {
    this.#deps = deps;
  }

  take(event: GateEvent, { kernel, loaders }: { kernel: BpfGate; loaders: Loaders }): void {
    const { onFault } = this.#deps;
    if (event.state === TG_GATE_LOADER_STATE.TG_GL_CHANGED) loaders.look().catch(onFault);
    if (this.#waiting >= WAITING_MOST) {
      this.unkept++;
      return;
    }
    const message = isAboutUs(event) ? undefined : loaders.message(event);
    const named = this.#loaderOf(event, kernel, loaders);
    const refused = event.path === undefined ? undefined : loaders.refusalOf(event.path);
    this.#waiting++;
    this.#written = this.#written
      .then(async () => {
        const loader = await named();
        this.#waiting--;
        this.#write(event, loader, { message, refused });
      })
      .catch(onFault);
  }

  /** The file of a stranger is opened at once, and read in its turn. */
  #loaderOf(event: GateEvent, kernel: BpfGate, loaders: Loaders): () => Promise<LoaderName> {
    const { path } = event;
    const known = loaders.byNumber(event.loader);
    if (known) return async () => ({ path: known.path, digest: known.digest });
    if (path === undefined) return async () => NOBODY;
    const digest = this.#deps.digests.of(ranBy(event, (fd) => kernel.identify(fd)));
    return async () => withDigest(path, await digestSoon(digest));
  }

  #write(event: GateEvent, loader: LoaderName, { message, refused }: Why): void {
    const { audit, numbers, onFault } = this.#deps;
    if (event.rule !== 0 && !event.essential) {
      const rule = isAboutUs(event) ? OWN_RULE : numbers.idOf(event.rule);
      const body = recordBody(event, { rule, loader, message, refused });
      audit
        .appendSoon([{ type: typeOfRecord(event), object: loader.path || event.comm, body }])
        .catch(onFault);
    }
    if (event.kind === TG_GATE_KIND.TG_GK_LOAD) this.#learn(event, loader);
  }

  #learn(event: GateEvent, loader: LoaderName): void {
    const { audit, baseline, now } = this.#deps;
    const body = recordBody(event, { rule: '', loader });
    const { name, attachType, target, type } = body.program as Omit<Loaded, keyof LoaderName>;
    if (!baseline.take({ ...loader, name, type, attachType, target }, now())) return;
    audit.append([{ type: 'bpf_gate_new', object: loader.path || event.comm, body }]);
  }

  /** Until all that was taken is handed to the log. */
  async settled(): Promise<void> {
    await this.#written;
  }
}
