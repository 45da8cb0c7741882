// SPDX-License-Identifier: Apache-2.0
/**
 * From stored objects to receipts: what the API server stored is judged again by the gate's service, which stores it,
 * and whose reconciler signs the order. The agent takes it from there as it takes everything else.
 *
 * Who asked is not in a stored object. It is looked up in the audit log: the one whom the webhook let in with exactly
 * this document. Without such a decision nobody is known to have asked, and the rules on who may do what say no.
 */
import { asFault, Fault } from '../../errors.ts';
import type { AuditRecord } from '../../model/audit-record.ts';
import type { Decision, Operation } from '../../model/decision.ts';
import type { PolicyKind } from '../../model/document.ts';
import { intakeObject } from '../../model/intake.ts';
import type { Subject } from '../../model/subject.ts';
import type { Service } from '../../service/index.ts';
import type { OwnedPolicies } from './owned-policies.ts';
import type { ObjectIdentity, PolicySink } from './policy-sink.ts';

const DECISIONS_LOOKED_AT = 100;

/** Nobody the rules grant anything to. */
const UNKNOWN: Subject = { user: 'tracegate:kubernetes', groups: [] };

export interface JudgedSinkDeps {
  service: Pick<Service, 'apply' | 'retire' | 'find' | 'audit'>;
  owned: OwnedPolicies;
  /** a stored object that was denied here, with the reason */
  onDenied?: (fault: Fault, key: string) => void;
}

export class JudgedSink implements PolicySink {
  readonly #deps: JudgedSinkDeps;

  constructor(deps: JudgedSinkDeps) {
    this.#deps = deps;
  }

  async put(document: unknown, identity: ObjectIdentity): Promise<void> {
    const { service, owned } = this.#deps;
    const { key } = identity;
    const intake = intakeObject(document);
    const stored = service.find(key);
    const same = stored?.digest === intake.digest;
    if (stored && !same && !owned.has(key))
      throw new Fault(
        'conflict',
        `${key} is stored in the cluster and was also sent to this gate directly: delete one of the two`,
      );
    owned.add(key);
    if (same) return;
    const subject = this.#whoAsked(key, ['create', 'update'], intake.digest);
    const done = await this.#final(key, () =>
      service.apply({ door: 'agent', subject, intake, reason: reasonOf('stored', identity) }),
    );
    if (!done && !stored) owned.delete(key);
  }

  async remove(identity: ObjectIdentity): Promise<void> {
    await this.#retire(identity.key, reasonOf('deleted', identity));
  }

  /** What was deleted in the cluster while this gate was away. */
  async listed(kind: PolicyKind, keys: ReadonlySet<string>): Promise<void> {
    const namespaced = kind === 'TracingPolicyNamespaced';
    const gone = this.#deps.owned.all().filter((key) => key.includes('/') === namespaced && !keys.has(key));
    for (const key of gone) await this.#retire(key, 'no longer stored in the cluster');
  }

  async #retire(key: string, reason: string): Promise<void> {
    const { service, owned } = this.#deps;
    if (!owned.has(key)) return;
    const stored = service.find(key);
    if (stored) {
      const subject = this.#whoAsked(key, ['delete'], stored.digest);
      const done = await this.#final(key, () => service.retire({ door: 'agent', subject, key, reason }));
      if (!done) return;
    }
    owned.delete(key);
  }

  /** Runs a change. A denial is final and only told; whatever else goes wrong is thrown, to be tried again. */
  async #final(key: string, change: () => Promise<unknown>): Promise<boolean> {
    try {
      await change();
      return true;
    } catch (thrown) {
      const fault = asFault(thrown);
      if (fault.code !== 'forbidden' && fault.code !== 'invalid') throw thrown;
      this.#deps.onDenied?.(fault, key);
      return false;
    }
  }

  #whoAsked(key: string, operations: readonly Operation[], digest: string): Subject {
    const records = this.#deps.service.audit.read({
      ...{ type: 'decision', object: key, order: 'descending', limit: DECISIONS_LOOKED_AT },
    });
    const found = records
      .filter(isReal)
      .map((record) => record.body.decision as Decision)
      .find(
        (d) =>
          d.door === 'webhook' && d.allowed && operations.includes(d.operation) && d.policy.digest === digest,
      );
    return found?.subject ?? UNKNOWN;
  }
}

/** A dry run lets nobody in. */
function isReal(record: AuditRecord): boolean {
  return record.type === 'decision' && record.body.dryRun !== true;
}

function reasonOf(what: string, { uid, resourceVersion }: ObjectIdentity): string {
  return `${what} in the cluster (uid ${uid}, resourceVersion ${resourceVersion})`;
}
