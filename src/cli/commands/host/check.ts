// SPDX-License-Identifier: Apache-2.0
/** `tracegate host check [NAME]`: can this kernel enforce, and how well? */
import type { FeatureName, HostFacts } from '../../../model/facts.ts';
import { command, EXIT } from '../../command.ts';
import { factsOf } from './facts.ts';

/** From the strongest guarantee down: the first a kernel has is the best it can give. */
const LADDER: readonly { features: readonly FeatureName[]; gives: string }[] = [
  { features: ['lsm'], gives: 'denies before effect, without a race, on security hooks' },
  { features: ['fmod_ret'], gives: 'denies before effect, without a race, on security functions' },
  { features: ['override_return'], gives: 'denies before effect where the decision reads no user memory' },
  { features: ['kprobe'], gives: 'kills on kernel functions; the running call may take effect' },
  { features: ['fentry'], gives: 'kills on kernel functions; the running call may take effect' },
  { features: ['raw_tracepoint'], gives: 'kills on system calls; the running call may take effect' },
];

export const hostCheck = command({
  words: ['host', 'check'],
  about: 'what a kernel can enforce; exit 1 where it can only watch',
  args: [{ syntax: '[name]', about: 'name of the host' }],
  outputs: ['text', 'json'],
  async run({ args: [name], output }, deps) {
    const facts = await factsOf(name, deps);
    const rungs = LADDER.map(({ features, gives }) => ({
      feature: features.join(),
      gives,
      ...features.map((one) => facts.features[one])[0],
    }));
    if (output === 'json')
      await deps.out.json({ host: facts.host, kernelRelease: facts.kernelRelease, rungs });
    else for (const line of wordsOf(facts, rungs)) await deps.out.line(line);
    return rungs.some(({ available }) => available === 'yes') ? EXIT.done : EXIT.denied;
  },
});

function wordsOf(
  { host, kernelRelease }: HostFacts,
  rungs: readonly { feature: string; gives: string; available?: string; reason?: string }[],
): string[] {
  const lines = rungs.map(
    ({ feature, gives, available, reason }) =>
      `${(available ?? 'unknown').padEnd(8)}${feature.padEnd(17)}${reason ?? gives}`,
  );
  return [`${host}, kernel ${kernelRelease}`, ...lines];
}
