// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { openRuleset } from '../../../src/guardrails/index.ts';
import type { AuditRecord } from '../../../src/model/audit-record.ts';
import { intake } from '../../../src/model/intake.ts';
import { type ReviewOutcome, review } from '../../../src/service/index.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const POLICY = JSON.stringify({
  apiVersion: 'cilium.io/v1alpha1',
  kind: 'TracingPolicy',
  metadata: { name: 'held' },
  spec: { kprobes: [{ call: 'fd_install', syscall: false }] },
});

describe('a review whose record is on its way to the disk', () => {
  it('does not hold on to the document', async () => {
    let written = (_: AuditRecord[]): void => undefined;
    const disk = new Promise<AuditRecord[]>((resolve) => {
      written = resolve;
    });
    let asked = 0;
    const appendSoon = () => {
      asked++;
      return disk;
    };
    const ruleset = openRuleset();
    const begin = (): { waiting: Promise<ReviewOutcome>; document: WeakRef<object> } => {
      const submission = intake(POLICY, { format: 'json' });
      assert.ok(submission.valid);
      const request = {
        ...({ door: 'webhook', operation: 'create', intake: submission } as const),
        subject: { user: 'pat', groups: [] },
      };
      const waiting = review(request, {
        ruleset: () => ruleset,
        audit: { appendSoon },
        now: () => new Date(),
      });
      return { waiting, document: new WeakRef(submission.document) };
    };
    const { waiting, document } = begin();
    for (let turn = 0; turn < 10 && (asked === 0 || document.deref()); turn++) {
      await new Promise((resolve) => setImmediate(resolve));
      collect();
    }
    assert.equal(asked, 1);
    assert.equal(document.deref(), undefined);
    written([]);
    assert.equal((await waiting).valid, true);
  });
});
