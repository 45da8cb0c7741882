// SPDX-License-Identifier: Apache-2.0
/** What the known hosts' kernels say of a policy before anything is loaded. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makePlan, plannedHooks } from '../../../src/plan/make-plan.ts';

import { loadability } from '../../../src/service/loadability.ts';
import { FULL, factsOf, policyWith } from '../plan/host-facts.ts';

const IGNORED = { call: 'no_such', syscall: false, ignore: { callNotFound: true } };
const THERE = { call: 'tcp_connect', syscall: false };

const said = (...kprobes: object[]) =>
  loadability(plannedHooks(makePlan(policyWith({ kprobes }), factsOf(FULL))), 'create').map(
    ({ severity, path, message }) => `${severity} ${path} ${message}`,
  );

describe('what a host says of a hook that its kernel has no function for', () => {
  it('denies the policy', () => {
    assert.match(said(THERE, { ...IGNORED, ignore: undefined })[0] ?? '', /^deny .*cannot do no_such/);
  });

  it('is told, and denies nothing, where the policy says to do without it', () => {
    const findings = said(THERE, IGNORED);
    assert.equal(findings.length, 1);
    assert.match(findings[0] ?? '', /^info \/spec\/kprobes\/1 h does without no_such, as the policy says: /);
  });

  it('is a warning where nothing of the policy is left', () => {
    assert.match(said(IGNORED)[0] ?? '', /^warn /);
  });
});
