// SPDX-License-Identifier: Apache-2.0
/** Names of kernel functions as rules list them: whole, or by how they begin. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedBy } from '../../../../src/agent/bpf-gate/targets.ts';

describe('a list of kernel functions', () => {
  it('takes a whole name, and what begins as one with a star does', () => {
    const named = namedBy(['bpf_check', 'bpf_lsm_*']);
    assert.deepEqual(
      ['bpf_check', 'bpf_check_attach', 'bpf_lsm_', 'bpf_lsm_bpf', 'bpf_ls', 'xbpf_lsm_bpf'].filter(named),
      ['bpf_check', 'bpf_lsm_', 'bpf_lsm_bpf'],
    );
  });

  it('takes everything by a star alone, and nothing when it is empty', () => {
    assert.equal(namedBy(['*'])('anything'), true);
    assert.equal(namedBy([])('anything'), false);
  });
});
