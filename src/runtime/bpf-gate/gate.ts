// SPDX-License-Identifier: Apache-2.0
/**
 * The gate's programs and tables in the kernel. Links are pinned, so that it holds while no agent runs; the next agent
 * attaches its own before it takes those down. Verdicts are filed before a loader that they are about is admitted.
 */
import { closeSync, existsSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../errors.ts';
import type { GateCounts, GateMode } from '../../model/bpf-gate.ts';
import type { InodeFact } from '../../model/inode.ts';
import { STRUCTS, TG_GATE_MODE } from '../../plan/layout.generated.ts';
import type { Identities } from '../identity.ts';
import { LAYOUT_FOLDER } from '../map-shapes.ts';
import { kernelReason, type Native, type NativeObject, type Ring } from '../native.ts';
import type { Templates } from '../templates.ts';
import {
  type AdmittedLoader,
  caseKey,
  fileKey,
  type GateCase,
  type GateEvent,
  gateEvents,
  isKnown,
  loaderValue,
  ownKey,
} from './gate-values.ts';
import { ownObjects } from './own-objects.ts';

/** Pins of the gate; stray links are looked for among the others. */
export const GATE_PIN = /^link-gate-/;

const MODES = {
  off: TG_GATE_MODE.TG_GATE_OFF,
  monitor: TG_GATE_MODE.TG_GATE_MONITOR,
  enforce: TG_GATE_MODE.TG_GATE_ENFORCE,
} as const satisfies Record<GateMode, number>;

/** Of reading the ring: whoever asks on and on must not keep the agent. */
const TURNS_MAX = 1000;

export interface GateParts {
  native: Native;
  templates: Templates;
  identities: Identities;
  bpffs: string;
  /** whose files are guarded beside the pins */
  stateDir: string;
}

const zero = (): Buffer => Buffer.alloc(4);

function one(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

export class BpfGate {
  readonly #parts: GateParts;
  readonly #object: NativeObject;
  readonly #ring: Ring;
  #links: number[] = [];
  #taken = 0;

  private constructor(parts: GateParts, onEvent: (event: GateEvent) => void) {
    this.#parts = parts;
    try {
      this.#object = parts.templates.openObject('bpf_gate.bpf.o');
    } catch (thrown) {
      throw new Fault('kernel', `the kernel takes no gate for BPF programs: ${kernelReason(thrown)}`, {
        cause: thrown,
      });
    }
    this.#ring = new parts.native.Ring(this.#map('tg_gate_events'), (memory, bytes) => {
      for (const event of gateEvents(memory.subarray(0, bytes))) {
        this.#taken++;
        onEvent(event);
      }
    });
  }

  /** Loads the programs; nothing is asked of them before `attach`. Throws Fault `kernel`. */
  static load(parts: GateParts, onEvent: (event: GateEvent) => void): BpfGate {
    return new BpfGate(parts, onEvent);
  }

  #map(name: string): number {
    const fd = this.#object.maps[name];
    if (fd === undefined) throw new Fault('kernel', `bpf_gate.bpf.o has no map ${name}: build it anew`);
    return fd;
  }

  #program(name: string): number {
    const found = this.#object.programs.find((program) => program.name === name);
    if (!found) throw new Fault('kernel', `bpf_gate.bpf.o has no program ${name}: build it anew`);
    return found.fd;
  }

  get attached(): boolean {
    return this.#links.length > 0;
  }

  /** Puts the programs on their hooks, and takes down those of an agent before. */
  attach(): void {
    if (this.attached) return;
    const { native, bpffs } = this.#parts;
    this.#guardFolders();
    for (const program of this.#object.programs.filter(({ section }) => section.startsWith('lsm/'))) {
      const link = native.attachTracing(program.fd);
      this.#links.push(link);
      const pin = join(bpffs, `link-gate-${program.section.slice('lsm/'.length)}`);
      rmSync(pin, { force: true });
      native.pin(link, pin);
    }
    this.refreshOwn();
  }

  #guardFolders(): void {
    const { bpffs, stateDir, native } = this.#parts;
    const maps = join(bpffs, 'maps');
    const folders = [bpffs, maps, join(maps, LAYOUT_FOLDER), stateDir, join(stateDir, 'bin')];
    for (const folder of folders.filter((path) => existsSync(path))) {
      const fd = openSync(folder, 'r');
      native.testRun(this.#program('tg_gate_folder'), [fd, Number(folder === bpffs)]);
      closeSync(fd);
    }
  }

  /** Everything of the gate is out of the kernel. */
  detach(): void {
    for (const fd of this.#links) this.#parts.native.closeFd(fd);
    this.#links = [];
    dropGatePins(this.#parts.bpffs);
  }

  setMode(mode: GateMode): void {
    this.#control('mode', MODES[mode]);
  }

  /** Whether the kernel has to look for executables that the next agent may run. */
  setSuccessors(any: boolean): void {
    this.#control('successors', Number(any));
  }

  /** Whether loads that are let in are told as well, and not only counted. */
  setLearning(learns: boolean): void {
    this.#control('learns', Number(learns));
  }

  #control(field: 'mode' | 'successors' | 'learns', value: number): void {
    const { fields, size } = STRUCTS.tg_gate_control;
    const control = this.#parts.native.mapLookup(this.#map('tg_gate_control'), zero(), size) as Buffer;
    control.writeUInt32LE(value, fields[field].offset);
    this.#parts.native.mapUpdate(this.#map('tg_gate_control'), zero(), control);
  }

  /** `rules`: of each thing that may be asked for, the number of the rule that forbids it. */
  setCase(key: GateCase, rules: Buffer): void {
    this.#parts.native.mapUpdate(this.#map('tg_gate_cases'), caseKey(key), rules);
  }

  /** Functions of the kernel by their BTF id, and what it means to hook one. */
  setTargets(targets: ReadonlyMap<number, number>): void {
    for (const [btfId, asked] of targets)
      this.#parts.native.mapUpdate(this.#map('tg_gate_targets'), one(btfId), one(asked));
  }

  /** To be called before a file is read: who opens it for writing from now on is noticed. False: somebody already has. */
  beginReading(fd: number): boolean {
    return this.#parts.native.testRun(this.#program('tg_gate_begin'), [fd]) === 0;
  }

  /** The file behind a descriptor is a loader from now on, until it is opened for writing. False: it was, since it began to be read. */
  admit(fd: number, loader: AdmittedLoader): boolean {
    const { native } = this.#parts;
    native.mapUpdate(this.#map('tg_gate_draft'), zero(), loaderValue(loader));
    return native.testRun(this.#program('tg_gate_admit'), [fd]) === 0;
  }

  /** Whether it is as it was read. */
  isKnown(inode: InodeFact): boolean {
    const { size } = STRUCTS.tg_gate_loader;
    const value = this.#parts.native.mapLookup(this.#map('tg_gate_loaders'), fileKey(inode), size);
    return value !== undefined && isKnown(value);
  }

  forget(inode: InodeFact): void {
    this.#parts.native.mapDelete(this.#map('tg_gate_loaders'), fileKey(inode));
  }

  /** How the kernel knows an open file. */
  identify(fd: number): InodeFact {
    return this.#parts.identities.of(fd);
  }

  /** Writes down what is ours and was made before the gate could see it. */
  refreshOwn(): void {
    const { native, bpffs } = this.#parts;
    for (const { kind, id } of ownObjects(native, bpffs))
      native.mapUpdate(this.#map('tg_gate_own'), ownKey(kind, id), one(1));
  }

  counts(): GateCounts {
    const { native } = this.#parts;
    const { size, fields } = STRUCTS.tg_gate_stats;
    const cpus = native.possibleCpus();
    const value = native.mapLookup(this.#map('tg_gate_stats'), zero(), size * cpus) as Buffer;
    const sum = ({ offset }: { offset: number }) =>
      Array.from({ length: cpus }, (_, cpu) => Number(value.readBigUInt64LE(cpu * size + offset))).reduce(
        (a, b) => a + b,
        0,
      );
    const { asked, denied, would_have, lost } = fields;
    return { asked: sum(asked), denied: sum(denied), wouldHave: sum(would_have), lost: sum(lost) };
  }

  /** Pins that somebody took down past the agent, put back; their names. */
  repin(): string[] {
    const { native, bpffs } = this.#parts;
    const names = this.#object.programs
      .filter(({ section }) => section.startsWith('lsm/'))
      .map(({ section }) => `link-gate-${section.slice('lsm/'.length)}`);
    if (!this.attached) return [];
    const gone = names.filter((name) => !existsSync(join(bpffs, name)));
    for (const name of gone) native.pin(this.#links[names.indexOf(name)] as number, join(bpffs, name));
    return gone;
  }

  /** All that is there; the ring gives it in turns. */
  drain(): void {
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      const before = this.#taken;
      this.#ring.drain();
      if (this.#taken === before) return;
    }
  }

  /** The gate stays in force. */
  close(): void {
    this.#ring.close();
    for (const fd of this.#links) this.#parts.native.closeFd(fd);
    this.#links = [];
  }
}

/** What an agent before left in force. */
export function dropGatePins(bpffs: string): void {
  for (const name of readdirSync(bpffs)) if (GATE_PIN.test(name)) rmSync(join(bpffs, name));
}
