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
} from '../../model/bpf-gate.ts';
import { GATE_MODES } from '../../model/bpf-gate.ts';
import type { Ruleset } from '../../model/judge.ts';
import { TG_GATE_KIND, TG_GATE_LOADER_STATE } from '../../plan/layout.generated.ts';
import type { BpfGate } from '../../runtime/bpf-gate/gate.ts';
import type { GateEvent } from '../../runtime/bpf-gate/gate-values.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import { writeWhole } from '../../runtime/whole-file.ts';
import { LearnedBaseline } from './baseline.ts';
import { executableOf, isAboutUs, OWN_RULE, recordBody, typeOfRecord } from './gate-records.ts';
import { Loaders } from './loaders.ts';
import { guardedTargets } from './targets.ts';
import { RuleNumbers } from './verdicts.ts';

export interface GateKeeperDeps {
  runtime: Runtime;
  audit: AuditLog;
  ruleset: Ruleset;
  host: string;
  stateDir: string;
  /** the mode where nobody has chosen one on this host */
  configured: GateMode;
  onFault: (thrown: unknown) => void;
  now?: () => Date;
}

const NO_COUNTS = { asked: 0, denied: 0, wouldHave: 0, lost: 0 };
const NOBODY = { path: '', digest: '' };

export class GateKeeper implements BpfGatePort {
  readonly #deps: GateKeeperDeps & { now: () => Date };
  readonly #baseline: LearnedBaseline;
  readonly #numbers = new RuleNumbers();
  readonly #file: string;
  #mode: GateMode;
  #gate: { kernel: BpfGate; loaders: Loaders } | undefined;
  #trouble: string | undefined;
  #judgedBy = '';
  #lost = 0;

  constructor(deps: GateKeeperDeps) {
    this.#deps = { now: () => new Date(), ...deps };
    this.#baseline = new LearnedBaseline(deps.stateDir);
    this.#file = join(deps.stateDir, 'bpf-gate.json');
    this.#mode = existsSync(this.#file) ? modeIn(this.#file) : deps.configured;
    if (this.#mode === 'off') deps.runtime.dropGate();
    else this.#bring();
  }

  /** Puts the gate into the kernel in the mode wanted; what keeps it out is told, and leaves all else as it is. */
  #bring(): void {
    this.#trouble = undefined;
    try {
      this.#demandKernel();
      const { kernel, loaders } = this.#opened();
      this.#judgeAnew(loaders);
      kernel.setMode(this.#mode);
      kernel.attach();
    } catch (thrown) {
      this.#trouble = asFault(thrown).message;
      this.#note('bpf_gate_failed', { mode: this.#mode, reason: this.#trouble });
    }
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
  #judgeAnew(loaders: Loaders): void {
    const { ruleset } = this.#deps;
    if (this.#judgedBy === ruleset.digest) {
      loaders.look();
      return;
    }
    this.#gate?.kernel.setTargets(guardedTargets(ruleset));
    loaders.judgeAll();
    this.#judgedBy = ruleset.digest;
  }

  #note(type: string, body: Record<string, unknown>, object: string = this.#deps.host): void {
    this.#deps.audit.append([{ type, object, body }]);
  }

  #take(event: GateEvent): void {
    try {
      this.#told(event);
    } catch (thrown) {
      this.#deps.onFault(thrown);
    }
  }

  #told(event: GateEvent): void {
    const { kernel, loaders } = this.#gate as { kernel: BpfGate; loaders: Loaders };
    const known = loaders.byNumber(event.loader);
    const loader = known
      ? { path: known.path, digest: known.digest }
      : event.path === undefined
        ? NOBODY
        : executableOf(event, (fd) => kernel.identify(fd));
    if (event.state === TG_GATE_LOADER_STATE.TG_GL_CHANGED) loaders.look();
    if (event.rule !== 0 && !event.essential) {
      const ours = isAboutUs(event);
      const message = ours ? undefined : loaders.message(event);
      const rule = ours ? OWN_RULE : this.#numbers.idOf(event.rule);
      const body = recordBody(event, { rule, loader, ...(message !== undefined && { message }) });
      this.#deps.audit
        .appendSoon([{ type: typeOfRecord(event), object: loader.path || event.comm, body }])
        .catch(this.#deps.onFault);
    }
    if (event.kind === TG_GATE_KIND.TG_GK_LOAD) this.#learn(event, loader);
  }

  #learn(event: GateEvent, loader: { path: string; digest: string }): void {
    const body = recordBody(event, { rule: '', loader });
    const { name, attachType, target, type } = body.program as {
      name: string;
      attachType: number;
      target: number;
      type: string;
    };
    if (!this.#baseline.take({ ...loader, name, type, attachType, target }, this.#deps.now())) return;
    this.#note('bpf_gate_new', body, loader.path || event.comm);
  }

  /** Every second. */
  look(): void {
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
    this.#judgeAnew(loaders);
    kernel.refreshOwn();
    const gone = this.#deps.runtime.host.unloaded() ? [] : kernel.repin();
    if (gone.length > 0) this.#note('bpf_gate_repinned', { pins: gone });
    const { lost } = kernel.counts();
    if (lost > this.#lost) this.#note('bpf_gate_lost', { records: lost - this.#lost });
    this.#lost = lost;
  }

  drain(): void {
    this.#gate?.kernel.drain();
  }

  async gateStatus(): Promise<GateStatus> {
    const { host, ruleset, runtime } = this.#deps;
    this.drain();
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
    else this.#bring();
    if (this.#trouble !== undefined) {
      const trouble = this.#trouble;
      this.#mode = before;
      throw new Fault('kernel', trouble);
    }
    writeWhole(this.#file, JSON.stringify({ mode }));
    note('bpf_gate_mode');
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
    this.drain();
    return { host: this.#deps.host, ...this.#baseline.view() };
  }

  async changeBaseline({ action, forSeconds, digests, reason, by }: BaselineRequest): Promise<Baseline> {
    this.drain();
    if (action === 'start') {
      if (this.#mode === 'off')
        await this.setGate({ mode: 'monitor', reason: `a baseline is learned: ${reason}`, by });
      this.#baseline.start(this.#deps.now(), forSeconds);
    } else if (action === 'end') this.#baseline.end();
    const accepted = action === 'accept' ? this.#baseline.accept(digests) : [];
    this.#baseline.keep();
    if (accepted.length > 0) this.#gate?.loaders.judgeAll();
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
  close(): void {
    this.drain();
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
