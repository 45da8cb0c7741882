// SPDX-License-Identifier: Apache-2.0
/** Whose processes a policy is about is put into all of its programs, and decided before anything else. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import { STRUCTS, TG_WORKLOAD } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { FULL, factsOf, policyOf } from './host-facts.ts';

function configs(workloads?: 'host' | 'containers') {
  const policy = policyOf({
    call: 'sys_symlink',
    syscall: true,
    action: { action: 'Override', argError: -1 },
  });
  const prototype = { params: [], returns: 'int', btfId: 7 };
  const names = ['do_symlinkat', 'bpf_lsm_path_symlink', 'security_path_symlink'];
  const functions = Object.fromEntries(names.map((name) => [name, prototype]));
  const plan = makePlan({ ...policy, ...(workloads && { workloads }) }, { ...factsOf(FULL), functions });
  return plan.hooks.flatMap((hook) => hook.programs.map(({ config }) => config));
}

it('is in the configuration of each program', () => {
  const at = STRUCTS.tg_hook_config.fields.workload.offset;
  const written = (workloads?: 'host' | 'containers') =>
    configs(workloads).map((config) =>
      encodeHookConfig(config, { hookId: 1, policySlot: 1, generation: 1 }).readUInt8(at),
    );
  assert.deepEqual(written(), [0, 0]);
  assert.deepEqual(written('host'), [TG_WORKLOAD.TG_W_HOST, TG_WORKLOAD.TG_W_HOST]);
  assert.deepEqual(written('containers'), [TG_WORKLOAD.TG_W_CONTAINERS, TG_WORKLOAD.TG_W_CONTAINERS]);
});

it('decides first, and takes in what cannot be told', () => {
  const [host] = configs('host');
  const [containers] = configs('containers');
  const [all] = configs();
  assert.ok(host && containers && all);
  const call = { values: [], pathLike: [], pids: [1] };
  const seen = [true, false, undefined].map((inContainer) =>
    [host, containers, all].map((config) => {
      const made = inContainer === undefined ? call : { ...call, inContainer };
      return selectFirst(config, made) !== undefined;
    }),
  );
  assert.deepEqual(seen, [
    [false, true, true],
    [true, false, true],
    [true, true, true],
  ]);
});
