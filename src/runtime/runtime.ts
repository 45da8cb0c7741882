// SPDX-License-Identifier: Apache-2.0
/**
 * Plans in, programs in the kernel out. An update attaches the new generation before it drops the old one; whatever
 * fails on the way leaves the old one as it was. Links are pinned: they hold while no agent runs.
 */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { gatherFacts } from '../kernel/facts.ts';
import type { FactsQuery, Feature, FeatureName, HostFacts } from '../model/facts.ts';
import type { EventRate } from '../model/normal-policy.ts';
import type { RateUse } from '../model/rate-use.ts';
import type { SameEvents } from '../model/same-events.ts';
import type { SelectorCount } from '../model/status.ts';
import type { Plan } from '../plan/plan.ts';
import { scopesOf } from '../plan/whose.ts';
import { BpfGate, dropGatePins } from './bpf-gate/gate.ts';
import type { GateEvent } from './bpf-gate/gate-values.ts';
import { openBpffs, openTracefs } from './bpffs.ts';
import { CgroupScopes } from './cgroup-scopes.ts';
import { CrowdFile } from './crowd-file.ts';
import { Crowds } from './crowds.ts';
import { describePolicy, type LoadRequest } from './describe-policy.ts';
import { type Drift, findDrift, LinkPins } from './drift.ts';
import { HostSwitch } from './host-switch.ts';
import { Identities } from './identity.ts';
import { Ledger } from './ledger.ts';
import type { LoadedHook, LoadedPolicy } from './loaded-policy.ts';
import { MapEvents } from './map-events.ts';
import { LAYOUT_FOLDER, POLICY_SLOTS } from './map-shapes.ts';
import type { Native, NativeObject, Ring } from './native.ts';
import { PolicyPrograms } from './policy-programs.ts';
import { probeFeatures } from './probe/features.ts';
import { preemption, unpreempted } from './probe/preemption.ts';
import { RingReader } from './ring-reader.ts';
import { SelectorCounts } from './selector-counts.ts';
import {
  type Control,
  NO_COUNTS,
  type PolicyCounters,
  type RuntimeStats,
  SharedMaps,
} from './shared-maps.ts';
import { Takeovers } from './takeovers.ts';
import { type OpenOptions, Templates } from './templates.ts';
import { registerWayOut } from './way-out.ts';

export interface RuntimeOptions {
  native: Native;
  /** the installation, with build/bpf */
  root: string;
  /** where the ledger lies */
  stateDir: string;
  /** a folder on bpffs; tests take their own */
  bpffsDir: string;
  killPerMinute: number;
  /** what a cgroup may tell of all policies together, and of its processes; absent: any number */
  cgroupRate?: EventRate;
  /** the node of a cluster that this is, where somebody tells whose its cgroups are */
  clusterNode?: string;
}

const HOOKS_REMEMBERED = 65_536;
/** Generations begin below half of this and are counted up. */
const NO_GENERATION = 2 ** 32 - 1;

/** What the kernel is told of a policy's mode. */
const acting = ({ mode, suspended }: LoadedPolicy): LoadedPolicy['mode'] => (suspended ? 'off' : mode);

/** Of a policy whose programs are being put in place. */
const notYet = ({ generation }: LoadedPolicy): Control => ({
  ...{ mode: 'off', killPerMinute: 0, generationPosting: generation, generationPast: 0 },
});

const tellsMappings = ({ hooks }: LoadedPolicy): boolean =>
  hooks.some(({ report, status }) => report.loader === true && status.state === 'loaded');

export class Runtime {
  readonly native: Native;
  /** whether anything may act at all */
  readonly host: HostSwitch;
  /** whose containers are whose */
  readonly cgroups: CgroupScopes;
  readonly #options: RuntimeOptions;
  readonly #bpffs: string;
  readonly #maps: SharedMaps;
  readonly #selectorCounts: SelectorCounts;
  readonly #templates: Templates;
  readonly #identities: Identities;
  readonly #ledger: Ledger;
  readonly #links: LinkPins;
  readonly #mapEvents: MapEvents;
  readonly #crowds: Crowds;
  readonly #copies: PolicyPrograms;
  readonly #takeovers = new Takeovers();
  readonly #policies = new Map<string, LoadedPolicy>();
  /** hooks by their id, replaced ones too: their last records may still lie in the ring */
  readonly #hooks = new Map<number, { policy: LoadedPolicy; hook: LoadedHook }>();
  readonly #features: Record<FeatureName, Feature>;
  readonly #objectsDigest: string;
  #nextHookId = 1;
  /** starts anywhere: records that an earlier run left in the ring must not pass for this one's */
  #nextGeneration = randomInt(1, 2 ** 30);
  #ring: Ring | undefined;
  #reader: RingReader | undefined;
  #processLinks: number[] = [];

  private constructor(options: RuntimeOptions) {
    this.#options = options;
    this.native = options.native;
    this.#bpffs = openBpffs(options.native, options.bpffsDir);
    this.#links = new LinkPins(options.native, this.#bpffs);
    this.#mapEvents = new MapEvents(options.native);
    openTracefs(options.native);
    const objects = join(options.root, 'build/bpf');
    this.#objectsDigest = readFileSync(join(objects, 'digest'), 'utf8');
    this.#maps = SharedMaps.open(options.native, this.#bpffs, objects);
    this.#selectorCounts = new SelectorCounts(options.native, this.#maps.fds.tg_woulds);
    this.#maps.setCgroupRate(options.cgroupRate);
    this.host = new HostSwitch(options.native, this.#maps, this.#bpffs);
    this.cgroups = new CgroupScopes(options.native, this.#maps.fds.tg_cgroups);
    this.#templates = new Templates(options.native, options.root, this.#maps);
    this.#identities = new Identities(options.native, this.#templates);
    this.#features = probeFeatures(options.native, this.#templates);
    mkdirSync(options.stateDir, { recursive: true, mode: 0o700 });
    this.#ledger = new Ledger(options.stateDir, this.#bpffs);
    const parts = { native: options.native, templates: this.#templates, bpffs: this.#bpffs };
    const programs = () => this.#programs;
    this.#crowds = new Crowds({
      ...parts,
      get programs() {
        return programs();
      },
      file: new CrowdFile(options.stateDir),
      freeSlot: () => this.#freeSlots().at(-1) as number,
      setControl: (slot, control) => this.#maps.setControl(slot, control),
      otherControl: (slot, control) => this.#maps.otherControl(slot, control),
      learn: (pins) => this.#links.learn(pins),
    });
    this.#copies = new PolicyPrograms({
      ...parts,
      links: this.#links,
      crowds: this.#crowds,
      policies: () => this.#policies.values(),
      cgroupThrottled: options.cgroupRate !== undefined,
    });
  }

  /** Opens the pinned maps, asks the kernel what it takes, adopts what an earlier agent left in force. */
  static open(options: RuntimeOptions): Runtime {
    const runtime = new Runtime(options);
    runtime.#adopt();
    return runtime;
  }

  #adopt(): void {
    for (const policy of this.#ledger.read()) {
      if (this.#crowds.countOf(policy.key, policy.generation) < (policy.joint ?? 0)) continue; // as after a reboot
      this.#policies.set(policy.key, policy);
      this.#remember(policy);
      this.#takeovers.began(policy.generation, this.#maps.generationPast(policy.slot, policy.generation));
      this.#nextGeneration = Math.max(this.#nextGeneration, policy.generation + 1);
      for (const hook of policy.hooks) this.#nextHookId = Math.max(this.#nextHookId, hook.hookId + 1);
      // an agent that died inside an update left this set: what is pinned and known acts again
      this.#setControl(policy);
    }
    this.#selectorCounts.keepOnly(
      new Set(this.policies().flatMap(({ hooks }) => hooks.map((h) => h.hookId))),
    );
    this.#keepMapEvents();
    this.#links.dropStray(this.policies(), this.#crowds.pins());
    this.#crowds.dropStray(this.policies());
    this.cgroups.use(this.policies().flatMap((policy) => policy.scopes ?? []));
    for (const policy of this.policies()) this.#links.learn(policy.pins);
    this.#keep();
  }

  /** Finds what is not as this agent left it, and puts right what needs no loading. */
  drift(): Drift[] {
    if (this.host.unloaded()) return [];
    const over = this.#takeovers.nowOver();
    for (const policy of this.policies()) if (over.has(policy.generation)) this.#setControl(policy);
    const parts = { links: this.#links, maps: this.#maps, crowds: this.#crowds };
    return findDrift(this.policies(), parts, (policy) => {
      const other = this.#maps.otherControl(policy.slot, this.#controlOf(policy));
      if (other !== undefined) this.#setControl(policy);
      return other;
    });
  }

  /** The gate for loads of BPF programs, loaded and on no hook yet. */
  loadGate(onEvent: (event: GateEvent) => void): BpfGate {
    const { native, stateDir } = this.#options;
    const parts = { native, stateDir, templates: this.#templates, identities: this.#identities };
    return BpfGate.load({ ...parts, bpffs: this.#bpffs }, onEvent);
  }

  /** Takes out of the kernel what an agent before left of it. */
  dropGate(): void {
    dropGatePins(this.#bpffs);
  }

  /** What the kernel offers. Whether it stops tasks in programs can be changed while it runs. */
  get features(): Record<FeatureName, Feature> {
    return { ...this.#features, ...preemption() };
  }

  /** Which programs this agent loads: what bounds cgroups is part of each copy, and where tasks are stopped others decide. */
  get #programs(): string {
    const bounded = this.#options.cgroupRate ? ' of bounded cgroups' : '';
    return `${this.#objectsDigest}${bounded}${unpreempted().available === 'yes' ? '' : ' of stopped tasks'}`;
  }

  facts(query: FactsQuery): HostFacts {
    const { clusterNode: name } = this.#options;
    return gatherFacts(query, this.features, {
      identify: (fd) => this.#identities.of(fd),
      ...(name !== undefined && { node: { name } }),
    });
  }

  policies(): LoadedPolicy[] {
    return [...this.#policies.values()];
  }

  /** An object of the installation, with the maps that all programs share; it is closed when this process ends. */
  openObject(file: string, options: OpenOptions): NativeObject {
    return this.#templates.openObject(file, options);
  }

  /** Whether this version loaded it. What an earlier one did stays in force, by its programs, until it is loaded anew. */
  isCurrent({ programs, layout }: LoadedPolicy): boolean {
    return programs === this.#programs && layout === LAYOUT_FOLDER;
  }

  /** Nothing for a policy whose counts only the version that loaded it can read. */
  counters(key: string): PolicyCounters {
    const { slot, layout } = this.#known(key);
    return layout === LAYOUT_FOLDER ? this.#maps.counters(slot) : NO_COUNTS;
  }

  /** Of each hook of a policy, which selectors would have acted and how often. */
  wouldHave(key: string): SelectorCount[][] {
    const { hooks } = this.#known(key);
    if (this.counters(key).wouldHave === 0) return hooks.map(() => []);
    return hooks.map(({ hookId }) => this.#selectorCounts.of(hookId));
  }

  countsOf(key: string) {
    return { counters: this.counters(key), wouldHave: this.wouldHave(key) };
  }

  stats(): RuntimeStats {
    return this.#maps.stats();
  }

  sameEvents(): SameEvents[] {
    return this.#maps.sameEvents();
  }

  forgetSame(same: SameEvents): void {
    this.#maps.forgetSame(same);
  }

  rateUses(): RateUse[] {
    return this.#maps.rateUses();
  }

  #remember(policy: LoadedPolicy): void {
    for (const hook of policy.hooks) this.#hooks.set(hook.hookId, { policy, hook });
    for (const id of this.#hooks.keys()) {
      if (this.#hooks.size <= HOOKS_REMEMBERED) return;
      this.#hooks.delete(id);
    }
  }

  /** The hook a record names, and the policy it belonged to when it was loaded. */
  hook(hookId: number, generation: number): { policy: LoadedPolicy; hook: LoadedHook } | undefined {
    const found = this.#hooks.get(hookId);
    return found?.policy.generation === generation ? found : undefined;
  }

  #known(key: string): LoadedPolicy {
    const policy = this.#policies.get(key);
    if (!policy) throw new Fault('not-found', `no policy ${key} is loaded on this host`);
    return policy;
  }

  /**
   * Loads a policy, or replaces the loaded one of the same key. Throws Fault `kernel` with the kernel's reason when
   * any of its hooks cannot be loaded; then nothing has changed.
   */
  load(request: LoadRequest): LoadedPolicy {
    try {
      return this.#replace(request);
    } finally {
      this.#keepMapEvents();
    }
  }

  #replace(request: LoadRequest): LoadedPolicy {
    const old = this.#policies.get(request.key);
    const fresh = this.#described(request, old);
    const { slot, generation } = fresh;
    if (tellsMappings(fresh)) this.#mapEvents.keep(true);
    this.#useScopes([fresh]);
    const killPerMinute = this.#killsOf(fresh);
    if (old?.layout !== LAYOUT_FOLDER) this.#maps.resetState(slot, killPerMinute);
    // the old generation goes on acting alone until all of the new one is in place
    this.#maps.setControl(slot, old ? this.#controlOf(old) : notYet(fresh));
    this.#copies.put(request.plan, fresh);
    this.#policies.set(request.key, fresh);
    this.#remember(fresh);
    this.#ledger.write(this.#policies.values());
    this.#takeovers.began(generation, old ? this.#takeovers.past(old.generation) : 0);
    this.#setControl(fresh);
    if (old) this.#remove(old);
    if (old) this.#takeovers.forget(old.generation);
    this.#dropUnusedMaps();
    return fresh;
  }

  #described(request: LoadRequest, old?: LoadedPolicy): LoadedPolicy {
    const given = {
      slot: old?.slot ?? (this.#freeSlots()[0] as number),
      generation: this.#nextGeneration++,
      sockGroup: old?.sockGroup,
      programs: this.#programs,
      layout: LAYOUT_FOLDER,
      scopes: this.cgroups.numbered(scopesOf(request.plan)),
    };
    return describePolicy(request, given, () => this.#nextHookId++);
  }

  /**
   * Loads a policy's programs, which are off, and takes them out again. What is there of a dead agent's goes with its other strays.
   * Throws Fault `kernel` as `load` does.
   */
  rehearse(plan: Plan): void {
    const policy = this.#described({ plan, key: plan.policy.name, revision: 0, decisionId: '', mode: 'off' });
    this.#maps.setControl(policy.slot, notYet(policy));
    this.#copies.put(plan, policy);
    this.#copies.remove(policy);
  }

  /** In their order: policies take the first, joint programs the last. */
  #freeSlots(): number[] {
    const taken = new Set([...this.policies().map((p) => p.slot), ...this.#crowds.slots()]);
    const free = Array.from({ length: POLICY_SLOTS }, (_, slot) => slot).filter((slot) => !taken.has(slot));
    // one for a policy and one for a joint program that it makes necessary
    if (free.length > 1) return free;
    throw new Fault(
      'kernel',
      `this host already runs ${this.#policies.size} policies, the most it can: delete one first`,
    );
  }

  /** They cost each mapping something: they are open while a policy asks for them. */
  #keepMapEvents(): void {
    this.#mapEvents.keep(this.policies().some(tellsMappings));
  }

  unload(key: string): void {
    const policy = this.#known(key);
    this.#policies.delete(key);
    this.#keepMapEvents();
    // the kernel lets go of links in its own time: until then they neither act nor tell
    this.#maps.setControl(policy.slot, {
      ...this.#controlOf(policy),
      mode: 'off',
      generationPosting: NO_GENERATION,
    });
    this.#takeovers.forget(policy.generation);
    this.#remove(policy);
    this.#useScopes();
    this.#keep();
  }

  #useScopes(more: LoadedPolicy[] = []): void {
    this.cgroups.use([...this.policies(), ...more].flatMap((policy) => policy.scopes ?? []));
  }

  #remove(policy: LoadedPolicy): void {
    this.#copies.remove(policy);
    for (const { hookId } of policy.hooks) this.#selectorCounts.forget(hookId);
  }

  #keep(): void {
    this.#ledger.write(this.#policies.values());
    this.#dropUnusedMaps();
  }

  #dropUnusedMaps(): void {
    if (this.policies().every(({ layout }) => layout === LAYOUT_FOLDER)) this.#maps.pinned.dropOthers();
  }

  setMode(key: string, mode: LoadedPolicy['mode'], revision?: number): void {
    const policy = this.#known(key);
    policy.mode = mode;
    if (revision !== undefined) policy.revision = revision;
    this.#setControl(policy);
    this.#ledger.write(this.#policies.values());
  }

  #killsOf({ killsPerMinute: own }: LoadedPolicy): number {
    const { killPerMinute: ofHost } = this.#options;
    return own === undefined ? ofHost : Math.min(own, ofHost);
  }

  #controlOf(policy: LoadedPolicy): Control {
    return {
      mode: acting(policy),
      killPerMinute: this.#killsOf(policy),
      generationPosting: policy.generation,
      generationPast: this.#takeovers.past(policy.generation),
    };
  }

  #setControl(policy: LoadedPolicy): void {
    this.#maps.setControl(policy.slot, this.#controlOf(policy));
  }

  /** Lets one policy only watch, whatever its mode, or act again. */
  suspendPolicy(key: string, suspended: boolean): void {
    const policy = this.#known(key);
    policy.suspended = suspended;
    this.#setControl(policy);
    this.#ledger.write(this.#policies.values());
  }

  /** Forgets the policies that somebody took out of the kernel, and takes out what is left of them; their keys. */
  forgetUnpinned(): string[] {
    this.#crowds.forgetUnpinned();
    const gone = this.policies().filter(
      ({ pins, key, generation, joint = 0 }) =>
        pins.some((pin) => !existsSync(join(this.#bpffs, pin))) ||
        this.#crowds.countOf(key, generation) < joint,
    );
    for (const policy of gone) {
      this.#policies.delete(policy.key);
      this.#remove(policy);
    }
    this.#keepMapEvents();
    if (gone.length > 0) this.#ledger.write(this.#policies.values());
    return gone.map((p) => p.key);
  }

  /**
   * Starts to follow processes and hands every batch of records on, which is written over after the call. Also protects the calling executable, and
   * `wayOut`: each runs the program itself, which stores its inode as the kernel sees it.
   */
  watch(onBatch: (batch: Buffer) => void, wayOut?: string): void {
    const { programs } = this.#templates.openObject('process.bpf.o');
    for (const program of programs) {
      if (program.name === 'tg_register') {
        this.native.testRun(program.fd);
        if (wayOut !== undefined) registerWayOut(wayOut, program.fd);
      } else
        this.#processLinks.push(
          this.native.attachRawTracepoint(program.fd, program.section.slice('raw_tp/'.length)),
        );
    }
    this.#ring = new this.native.Ring(this.#maps.fds.tg_events, (memory, bytes) => {
      this.#reader?.came();
      onBatch(memory.subarray(0, bytes));
    });
    this.#reader = new RingReader(() => this.drain());
  }

  drain(): void {
    this.#ring?.drain();
  }

  /** Ends the watching; pinned programs stay in force. */
  close(): void {
    this.#reader?.stop();
    this.#ring?.close();
    this.#mapEvents.keep(false);
    for (const fd of this.#processLinks) this.native.closeFd(fd);
    this.#processLinks = [];
  }
}
