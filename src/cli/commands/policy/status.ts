// SPDX-License-Identifier: Apache-2.0
/** `tracegate policy status [NAME]`: what the kernels show. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../../../errors.ts';
import type { HookStatus, PolicyStatus } from '../../../model/status.ts';
import type { GateClient } from '../../client/gate-client.ts';
import { command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { itemsOf } from '../pages.ts';
import type { PolicyView } from './list.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf, titleOf } from './place.ts';

interface Options extends PlaceOptions {
  wait?: boolean;
}

const WAIT_MS = 60_000;
const POLL_MS = 250;

export const policyStatus = command<Options>({
  words: ['policy', 'status'],
  about: 'what each host has loaded, by which mechanism, with which guarantee',
  args: [{ syntax: '[name]', about: 'one policy; all of them without a name' }],
  options: [NAMESPACE_OPTION, { flags: '--wait', about: 'until nothing is pending' }],
  outputs: ['text', 'json'],
  async run({ args: [name], namespace, output, wait }, { gate, out, now, io }) {
    const until = now().getTime() + WAIT_MS;
    let statuses = await statusesOf(gate(), name, namespace);
    while (wait && statuses.some(({ state }) => state === 'pending')) {
      if (now().getTime() > until || io.signal?.aborted)
        throw new Fault('agent-away', 'some hosts are still pending: is the agent running?');
      await sleep(POLL_MS);
      statuses = await statusesOf(gate(), name, namespace);
    }
    if (output === 'json') for (const status of statuses) await out.json(status);
    else {
      for (const why of suspensionsIn(statuses)) out.say(why);
      for (const why of statuses.flatMap(watchedOnlyIn)) out.say(why);
      await out.raw(
        tableOf(
          ['POLICY', 'REVISION', 'MODE', 'HOST', 'HOOK', 'STATE', 'GUARANTEE', 'MECHANISM'],
          statuses.flatMap(rowsOf),
        ),
      );
      for (const words of statuses.flatMap((status) => [...untoldIn(status), ...wouldHaveIn(status)]))
        out.say(words);
    }
    return wait && statuses.some(({ state }) => state === 'refused') ? EXIT.denied : EXIT.done;
  },
});

async function statusesOf(
  gate: GateClient,
  name: string | undefined,
  namespace: string | undefined,
): Promise<PolicyStatus[]> {
  const statusOf = async (path: string) =>
    (await gate.call<PolicyStatus>({ method: 'GET', path: `${path}/status` })).body;
  if (name !== undefined) return [await statusOf(pathOf(name, namespace))];
  const statuses: PolicyStatus[] = [];
  for await (const policy of itemsOf<PolicyView>(gate, '/v1/policies', { namespace })) {
    statuses.push(await statusOf(pathOf(policy.name, policy.namespace)));
  }
  return statuses;
}

/** Each once: a suspension of a host is the reason of all its policies. */
function suspensionsIn(statuses: PolicyStatus[]): Set<string> {
  const hosts = statuses.flatMap((status) => status.hosts);
  return new Set(
    hosts.flatMap(({ host, state, reason }) =>
      state === 'suspended' ? [`${host}: ${reason ?? state}`] : [],
    ),
  );
}

/** Why something that is loaded does less than was asked for. */
function watchedOnlyIn(status: PolicyStatus): string[] {
  const less = status.mode === 'enforce' && status.effectiveMode === 'monitor';
  return status.hosts.flatMap(({ host, state, reason }) =>
    less && state === 'loaded' && reason !== undefined ? [`${titleOf(status)} on ${host}: ${reason}`] : [],
  );
}

/** Events that happened and were not told, and why. */
export function untoldIn(status: PolicyStatus): string[] {
  return status.hosts.flatMap(({ host, counters: { suppressed, throttled, aggregated, lost } }) => {
    const why = [
      ...(suppressed > 0 ? [`${suppressed} held back by its rate limit`] : []),
      ...(throttled > 0 ? [`${throttled} more than a cgroup may tell`] : []),
      ...(aggregated > 0 ? [`${aggregated} counted with one that is the same`] : []),
      ...(lost > 0 ? [`${lost} lost, because nobody read them in time`] : []),
    ];
    return why.length === 0 ? [] : [`${titleOf(status)} on ${host}: events not told: ${why.join(', ')}`];
  });
}

/** What was not done because it only watches, by hook and selector. */
export function wouldHaveIn(status: PolicyStatus): string[] {
  return status.hosts.flatMap(({ host, hooks }) => {
    const counts = hooks.flatMap(({ hook, wouldHave = [] }) =>
      wouldHave.map(({ selector, count }) => `${count} by selector ${selector} of ${hook}`),
    );
    return counts.length === 0
      ? []
      : [`${titleOf(status)} on ${host}: would have acted: ${counts.join(', ')}`];
  });
}

function rowsOf(status: PolicyStatus): string[][] {
  const head = [titleOf(status), String(status.revision), status.effectiveMode];
  if (status.hosts.length === 0) return [[...head, '-', '-', status.state, '-', '-']];
  return status.hosts.flatMap(({ host, state, reason, hooks }) => {
    if (hooks.length === 0) return [[...head, host, '-', state, '-', reason ?? '-']];
    return hooks.map((hook) => [
      ...head,
      host,
      hook.hook,
      state === 'suspended' && hook.state === 'loaded' ? state : hook.state,
      hook.racy ? `${hook.guarantee} (racy)` : hook.guarantee,
      hook.reason ?? waysOf(hook),
    ]);
  });
}

function waysOf({ mechanism, form, passes }: HookStatus): string {
  return [mechanism, form && `by ${form}`, passes && `passes: ${passes}`].filter(Boolean).join('; ');
}
