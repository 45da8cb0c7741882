// SPDX-License-Identifier: Apache-2.0
/**
 * Rules about what was done with eBPF (trait `activity`), asked when it has happened: what they find is a record of its own. Nothing
 * is denied by them. What is the same as something judged within this minute, under these rules, is not judged again.
 */
import type { AuditLog } from '../../audit/index.ts';
import { asFault } from '../../errors.ts';
import type { BpfActivity, BpfSighting } from '../../model/bpf.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import { askedByAgent, type Ruleset } from '../../model/judge.ts';
import type { KnownPrograms } from './known-programs.ts';
import { Sightings } from './sightings.ts';

export interface BpfFindingsDeps {
  ruleset: Ruleset;
  audit: AuditLog;
  known: KnownPrograms;
  /** this kernel checks signatures of programs */
  kernelChecks: boolean;
  view(): string;
  onFault: (thrown: unknown) => void;
  now?: () => Date;
}

/** Nothing of it was denied. */
const WORDS: Record<Severity, string> = { deny: 'alert', warn: 'warning', info: 'info' };
const MINUTE_CHARACTERS = 16;

export class BpfFindings {
  readonly #deps: BpfFindingsDeps & { now: () => Date };
  readonly #sightings: Sightings;
  #judged = new Map<string, Finding[]>();
  #judgedIn = '';
  #unjudged = { count: 0, reason: '' };

  constructor(deps: BpfFindingsDeps) {
    this.#deps = { now: () => new Date(), ...deps };
    const { known, kernelChecks, view, now } = this.#deps;
    this.#sightings = new Sightings({ known, kernelChecks, view: () => view() }, now().getTime());
  }

  take(activity: BpfActivity): void {
    const sighting = this.#sightings.of(activity);
    if (sighting) this.#judge(sighting, activity);
  }

  /** To be called every second. */
  look(): void {
    const now = this.#deps.now();
    for (const sighting of this.#sightings.rates(now.getTime())) this.#judge(sighting);
    if (this.#unjudged.count > 0) this.#tellUnjudged();
    this.#deps.known.keep();
  }

  close(): void {
    if (this.#unjudged.count > 0) this.#tellUnjudged();
    this.#deps.known.keep();
  }

  #judge(sighting: BpfSighting, activity?: BpfActivity): void {
    try {
      for (const finding of this.#findings(sighting)) this.#tell(finding, sighting, activity);
    } catch (thrown) {
      this.#unjudged = { count: this.#unjudged.count + 1, reason: asFault(thrown).message };
    }
  }

  #findings(sighting: BpfSighting): Finding[] {
    const { ruleset, now } = this.#deps;
    const time = now().toISOString();
    const within = `${ruleset.digest} ${time.slice(0, MINUTE_CHARACTERS)}`;
    if (within !== this.#judgedIn) this.#judged = new Map();
    this.#judgedIn = within;
    const key = JSON.stringify(sighting);
    const known = this.#judged.get(key);
    if (known) return known;
    const { findings } = ruleset.judge(askedByAgent({ operation: 'activity', activity: sighting }, time));
    this.#judged.set(key, findings);
    return findings;
  }

  #tell({ rule, severity, message }: Finding, sighting: BpfSighting, activity?: BpfActivity): void {
    const { loader, program } = sighting;
    const about = activity && {
      type: activity.type,
      ...(activity.object !== undefined && { object: activity.object }),
      at: activity.time,
    };
    const body = {
      ...{ rule, severity: WORDS[severity], message },
      ...(about && { about }),
      ...(loader.path && { loader }),
      ...(program.type && { program }),
    };
    this.#append('bpf.finding', body, activity?.object ?? loader.path);
  }

  #tellUnjudged(): void {
    this.#append('bpf.finding.unjudged', this.#unjudged, '');
    this.#unjudged = { count: 0, reason: '' };
  }

  #append(type: string, body: Record<string, unknown>, object: string): void {
    const { audit, onFault } = this.#deps;
    audit.appendSoon([{ type, ...(object && { object }), body }]).catch(onFault);
  }
}
