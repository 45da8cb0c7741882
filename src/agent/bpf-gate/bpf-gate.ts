// SPDX-License-Identifier: Apache-2.0
/** The gate for loads of BPF programs on this host: its mode, its tables, and what it tells, written down. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from '../../audit/index.ts';
import { asFault, Fault } from '../../errors.ts';
import type {
  Baseline,
  BaselineRequest,
  BpfGatePort,
  GateMode,
  GateRequest,
  GateStatus,
  SuccessorRequest,
} from '../../model/bpf-gate.ts';
import { GATE_MODES } from '../../model/bpf-gate.ts';
import type { Ruleset } from '../../model/judge.ts';
import type { BpfGate } from '../../runtime/bpf-gate/gate.ts';
import type { GateEvent } from '../../runtime/bpf-gate/gate-values.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { writeWhole } from '../../runtime/whole-file.ts';
import type { ExeDigests } from '../../watch/bpf/exe-digests.ts';
import { LearnedBaseline } from './baseline.ts';
import { GateJournal } from './gate-journal.ts';
import { Loaders } from './loaders.ts';
import { guardedTargets } from './targets.ts';
import { RuleNumbers } from './verdicts.ts';

export interface GateKeeperDeps {
  runtime: Runtime;
  audit: AuditLog;
  /** of those whom nobody knows */
  digests: ExeDigests;
  ruleset: Ruleset;
  host: string;
  stateDir: string;
  /** the mode where nobody has chosen one on this host */
  configured: GateMode;
  onFault: (thrown: unknown) => void;
  now?: () => Date;
}

const NO_COUNTS = { asked: 0, denied: 0, wouldHave: 0, lost: 0 };

export class GateKeeper implements BpfGatePort {
  readonly #deps: GateKeeperDeps & { now: () => Date };
  readonly #baseline: LearnedBaseline;
  readonly #numbers = new RuleNumbers();
  readonly #journal: GateJournal;
  readonly #file: string;
  #mode: GateMode;
  #gate: { kernel: BpfGate; loaders: Loaders } | undefined;
  #trouble: string | undefined;
  #judgedBy = '';
  #lost = 0;
  #looking: Promise<void> | undefined;

  /** Comes back when the gate is in force in the mode wanted, or it was written down why it is not. */
  static async open(deps: GateKeeperDeps): Promise<GateKeeper> {
    const keeper = new GateKeeper(deps);
    if (keeper.#mode === 'off') deps.runtime.dropGate();
    else await keeper.#bring();
    return keeper;
  }

  private constructor(deps: GateKeeperDeps) {
    this.#deps = { now: () => new Date(), ...deps };
    this.#baseline = new LearnedBaseline(deps.stateDir);
    this.#journal = new GateJournal({ ...this.#deps, baseline: this.#baseline, numbers: this.#numbers });
    this.#file = join(deps.stateDir, 'bpf-gate.json');
    this.#mode = existsSync(this.#file) ? modeIn(this.#file) : deps.configured;
  }

  /** Puts the gate into the kernel in the mode wanted; what keeps it out is told, and leaves all else as it is. */
  async #bring(): Promise<void> {
    this.#trouble = undefined;
    try {
      this.#demandKernel();
      const { kernel, loaders } = this.#opened();
      await this.#judgeAnew(loaders);
      this.#tellLearning();
      kernel.setMode(this.#mode);
      kernel.attach();
    } catch (thrown) {
      this.#trouble = asFault(thrown).message;
      this.#note('bpf_gate_failed', { mode: this.#mode, reason: this.#trouble });
    }
  }

  /** Where there is no baseline, nobody reads of loads that are let in. */
  #tellLearning(): void {
    this.#gate?.kernel.setLearning(this.#baseline.state !== 'none');
  }

  #demandKernel(): void {
    const { lsm } = this.#deps.runtime.features;
    if (lsm.available === 'yes') return;
    throw new Fault(
      'kernel',
      `this kernel lets no BPF program decide on bpf(2): ${lsm.reason ?? 'no BPF LSM'}`,
    );
  }

  #opened(): { kernel: BpfGate; loaders: Loaders } {
    if (this.#gate) return this.#gate;
    const { runtime, ruleset, now } = this.#deps;
    const kernel = runtime.loadGate((event) => this.#take(event));
    const loaders = new Loaders(kernel, {
      ...{ ruleset, numbers: this.#numbers, now },
      learned: (digest) => this.#baseline.typesOf(digest),
      accepted: () => this.#baseline.accepted(),
      note: (type, object, body) => this.#note(type, body, object),
    });
    this.#gate = { kernel, loaders };
    return this.#gate;
  }

  /** Verdicts are those of the rules in force. */
  async #judgeAnew(loaders: Loaders): Promise<void> {
    const { ruleset } = this.#deps;
    const { digest } = ruleset;
    if (this.#judgedBy === digest) return await loaders.look();
    this.#gate?.kernel.setTargets(guardedTargets(ruleset));
    await loaders.judgeAll();
    this.#judgedBy = digest;
  }

  #note(type: string, body: Record<string, unknown>, object: string = this.#deps.host): void {
    this.#deps.audit.append([{ type, object, body }]);
  }

  #take(event: GateEvent): void {
    try {
      if (this.#gate) this.#journal.take(event, this.#gate);
    } catch (thrown) {
      this.#deps.onFault(thrown);
    }
  }

  /** Every second. What goes wrong is told, and looked at again in the next. */
  look(): Promise<void> {
    this.#looking ??= this.#lookNow()
      .catch(this.#deps.onFault)
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const now = this.#deps.now();
    if (this.#baseline.isOver(now)) {
      this.#baseline.end();
      this.#note('bpf_gate_baseline', {
        action: 'end',
        how: 'its time is over',
        entries: this.#baseline.size,
      });
    }
    this.#baseline.keep();
    if (!this.#gate || this.#mode === 'off') return;
    const { kernel, loaders } = this.#gate;
    kernel.refreshOwn();
    const gone = this.#deps.runtime.host.unloaded() ? [] : kernel.repin();
    if (gone.length > 0) this.#note('bpf_gate_repinned', { pins: gone });
    const lost = kernel.counts().lost + this.#journal.unkept;
    if (lost > this.#lost) this.#note('bpf_gate_lost', { records: lost - this.#lost });
    this.#lost = lost;
    await this.#judgeAnew(loaders);
  }

  drain(): void {
    this.#gate?.kernel.drain();
  }

  /** Until all that the kernel has told so far is handed to the log. */
  async #settled(): Promise<void> {
    this.drain();
    await this.#journal.settled();
  }

  async gateStatus(): Promise<GateStatus> {
    const { host, ruleset, runtime } = this.#deps;
    await this.#settled();
    return {
      ...{ host, mode: this.#mode, suspended: runtime.host.state().suspended },
      ...(this.#trouble !== undefined && { reason: this.#trouble }),
      rules: { digest: ruleset.digest, revision: ruleset.revision },
      loaders: this.#gate?.loaders.list() ?? [],
      counts: this.#gate?.kernel.counts() ?? NO_COUNTS,
      baseline: {
        ...{ state: this.#baseline.state, entries: this.#baseline.size },
        unaccepted: this.#baseline.unaccepted,
      },
    };
  }

  /** Throws Fault `kernel` where this kernel cannot; then the mode is what it was. */
  async setGate({ mode, reason, by }: GateRequest): Promise<GateStatus> {
    if (mode !== 'off') this.#demandKernel();
    const before = this.#mode;
    const actor = { user: by.user, groups: by.groups, door: by.door };
    const note = (type: string, more: object = {}) =>
      this.#deps.audit.append([
        { type, object: this.#deps.host, actor, body: { from: before, to: mode, reason, ...more } },
      ]);
    note('bpf_gate_mode_intent');
    this.#mode = mode;
    if (mode === 'off') this.#withdraw();
    else await this.#bring();
    if (this.#trouble !== undefined) {
      const trouble = this.#trouble;
      this.#mode = before;
      throw new Fault('kernel', trouble);
    }
    writeWhole(this.#file, JSON.stringify({ mode }));
    note('bpf_gate_mode');
    return this.gateStatus();
  }

  /** Throws Fault `bad-request` where it cannot be known, or nobody is kept out. */
  async admitSuccessor({ path, digest, reason, by }: SuccessorRequest): Promise<GateStatus> {
    const actor = { user: by.user, groups: by.groups, door: by.door };
    if (!this.#gate || this.#mode === 'off')
      throw new Fault('bad-request', 'the gate is off: the next agent is kept out by nobody');
    // before it may: what cannot be written down is not done
    this.#deps.audit.append([
      { type: 'bpf_gate_successor_intent', object: path, actor, body: { digest, reason } },
    ]);
    await this.#gate.loaders.admitSuccessor({ path, digest });
    this.#deps.audit.append([{ type: 'bpf_gate_successor', object: path, actor, body: { digest, reason } }]);
    return this.gateStatus();
  }

  #withdraw(): void {
    this.#trouble = undefined;
    if (this.#gate) {
      this.#gate.kernel.drain();
      this.#gate.kernel.setMode('off');
      this.#gate.kernel.detach();
    } else this.#deps.runtime.dropGate();
  }

  async baseline(): Promise<Baseline> {
    await this.#settled();
    return { host: this.#deps.host, ...this.#baseline.view() };
  }

  async changeBaseline({ action, forSeconds, digests, reason, by }: BaselineRequest): Promise<Baseline> {
    await this.#settled();
    if (action === 'start') {
      if (this.#mode === 'off')
        await this.setGate({ mode: 'monitor', reason: `a baseline is learned: ${reason}`, by });
      this.#baseline.start(this.#deps.now(), forSeconds);
      this.#tellLearning();
    } else if (action === 'end') this.#baseline.end();
    const accepted = action === 'accept' ? this.#baseline.accept(digests) : [];
    this.#baseline.keep();
    if (accepted.length > 0) await this.#gate?.loaders.judgeAll();
    this.#deps.audit.append([
      {
        type: 'bpf_gate_baseline',
        object: this.#deps.host,
        actor: { user: by.user, groups: by.groups, door: by.door },
        body: { action, reason, entries: this.#baseline.size, ...(action === 'accept' && { accepted }) },
      },
    ]);
    return this.baseline();
  }

  /** The gate stays in force. */
  async close(): Promise<void> {
    await this.#settled();
    await this.#looking;
    this.#baseline.keep();
    this.#gate?.kernel.close();
  }
}

function modeIn(file: string): GateMode {
  try {
    const { mode } = JSON.parse(readFileSync(file, 'utf8')) as { mode: GateMode };
    if (GATE_MODES.includes(mode)) return mode;
  } catch {
    // told below, as what says something else
  }
  throw new Fault('config', `${file} does not say in which mode the gate is: restore it, or remove it`);
}
