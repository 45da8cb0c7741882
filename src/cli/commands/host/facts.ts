// SPDX-License-Identifier: Apache-2.0
/** `tracegate host facts [NAME]`: what a host's kernel offers, as the gate knows it. */
import { Fault } from '../../../errors.ts';
import type { HostFacts } from '../../../model/facts.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { allOf } from '../pages.ts';

export const hostFacts = command({
  words: ['host', 'facts'],
  about: 'what a kernel offers; the only host without a name',
  args: [{ syntax: '[name]', about: 'name of the host' }],
  outputs: ['text', 'json'],
  async run({ args: [name], output }, deps) {
    const facts = await factsOf(name, deps);
    if (output === 'json') await deps.out.json(facts);
    else await deps.out.raw(tableOf(['FEATURE', 'AVAILABLE', 'WHY'], rowsOf(facts)));
    return EXIT.done;
  },
});

export async function factsOf(name: string | undefined, { gate }: CommandDeps): Promise<HostFacts> {
  const host = name ?? (await onlyHost(gate));
  const { body } = await gate().call<HostFacts>({
    method: 'GET',
    path: `/v1/hosts/${encodeURIComponent(host)}/facts`,
  });
  return body;
}

async function onlyHost(gate: CommandDeps['gate']): Promise<string> {
  const hosts = await allOf<{ name: string }>(gate(), '/v1/hosts');
  const [first, second] = hosts;
  if (!first) throw new Fault('not-found', 'the gate knows no host: start an agent with `tracegate agent`');
  if (second)
    throw new Fault(
      'usage',
      `there are ${hosts.length} hosts: name one of ${hosts.map((host) => host.name).join(', ')}`,
    );
  return first.name;
}

export function rowsOf({ features }: HostFacts): string[][] {
  return Object.entries(features).map(([feature, { available, reason }]) => [
    feature,
    available,
    reason ?? '-',
  ]);
}
