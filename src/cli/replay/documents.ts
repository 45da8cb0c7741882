// SPDX-License-Identifier: Apache-2.0
/** Policies by their digest: those named, and what a gate has stored. A log keeps digests, not documents. */
import { asFault } from '../../errors.ts';
import { type Intake, intakeObject, type ValidIntake } from '../../model/intake.ts';

type Asking = (name: string, namespace: string | undefined) => Promise<{ document?: unknown }[]>;

export class Documents {
  readonly #byDigest = new Map<string, ValidIntake>();
  readonly #asked = new Set<string>();
  #ask: Asking | undefined;
  /** why the store was not asked, once it was tried in vain */
  away: string | undefined;

  add(intake: Intake): void {
    if (intake.valid) this.#byDigest.set(intake.digest, intake);
  }

  /** Where revisions of a policy are looked for when a digest is not known. */
  askLater(ask: Asking): void {
    this.#ask = ask;
  }

  async find(
    digest: string,
    { name, namespace }: { name: string; namespace?: string },
  ): Promise<ValidIntake | undefined> {
    const known = this.#byDigest.get(digest);
    const key = `${namespace ?? ''}/${name}`;
    if (known !== undefined || this.#asked.has(key) || this.away !== undefined) return known;
    this.#asked.add(key);
    for (const { document } of await this.#revisions(name, namespace))
      if (document !== undefined) this.add(intakeObject(document));
    return this.#byDigest.get(digest);
  }

  /** A policy that was never stored has no revisions, and a gate that is away answers for none. */
  async #revisions(name: string, namespace: string | undefined): Promise<{ document?: unknown }[]> {
    try {
      return (await this.#ask?.(name, namespace)) ?? [];
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code !== 'not-found') this.away = fault.message;
      return [];
    }
  }
}
