// SPDX-License-Identifier: Apache-2.0
/**
 * Judges one policy after another and prints by how many bytes of each the old space grew: `node --max-semi-space-size=1
 * --initial-old-space-size=256 many-judgements.ts`, that nothing is taken out of it meanwhile.
 */
import { getHeapSpaceStatistics } from 'node:v8';
import { openRuleset } from '../../../src/guardrails/index.ts';
import { submission } from './submissions.ts';

/** Until then the engine compiles, which leaves something behind for good. */
const WARM_UP = 3000;
const COUNT = 3000;

const ruleset = openRuleset();

/** Lists as long as those that are written once for all the places they stand in. */
const policyOf = (index: number): string =>
  JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name: 'watch-files' },
    spec: {
      kprobes: [
        {
          call: 'security_file_open',
          syscall: false,
          args: [{ index: 0, type: 'file' }],
          selectors: [
            { matchArgs: [{ index: 0, operator: 'Equal', values: pathsOf(index) }] },
            { matchArgs: [{ index: 0, operator: 'Prefix', values: pathsOf(index) }] },
          ],
        },
      ],
    },
  });

const pathsOf = (index: number): string[] =>
  Array.from({ length: 12 }, (_, at) => `/srv/${index}/${at}/settings.yaml`);

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name }) => space_name === 'old_space')?.space_used_size ??
  Number.NaN;

function judge(count: number): void {
  for (let index = 0; index < count; index++) ruleset.judge(submission(policyOf(index)));
}

judge(WARM_UP);
const before = oldBytes();
judge(COUNT);
console.log(Math.round((oldBytes() - before) / COUNT));
