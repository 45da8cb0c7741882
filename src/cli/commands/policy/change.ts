// SPDX-License-Identifier: Apache-2.0
/** Changes to a stored policy that send no document: delete, enable, disable, mode. */

import { asFault, Fault } from '../../../errors.ts';
import type { Decision } from '../../../model/decision.ts';
import type { GateCall } from '../../client/gate-client.ts';
import { type Command, type CommandDeps, type CommonOptions, command, EXIT } from '../../command.ts';
import { textOf } from '../../output/text.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf, REASON_OPTION } from './place.ts';

export interface ChangeOptions extends PlaceOptions {
  reason?: string;
}

export const CHANGE_OPTIONS = [NAMESPACE_OPTION, REASON_OPTION] as const;
const NAME = { syntax: '<name>', about: 'its name' } as const;

/** Sends one change; a denial is printed with its findings and exits 1. */
export async function change(
  call: GateCall,
  said: string,
  { output }: CommonOptions,
  { gate, out }: CommandDeps,
): Promise<number> {
  try {
    const { body } = await gate().call<Record<string, unknown> | undefined>(call);
    if (output === 'json') await out.json(body ?? {});
    else out.say(said);
    return EXIT.done;
  } catch (thrown) {
    const fault = asFault(thrown);
    const decision = fault.details.decision as Decision | undefined;
    if (!decision) throw fault;
    if (output === 'json') await out.json(decision);
    else await out.raw(textOf({ file: decision.policy.name, decision }, out.colour));
    return EXIT.denied;
  }
}

function patching(verb: 'enable' | 'disable', about: string): Command {
  return command<ChangeOptions>({
    words: ['policy', verb],
    about,
    args: [NAME],
    options: CHANGE_OPTIONS,
    outputs: ['text', 'json'],
    run(options, deps) {
      const {
        args: [name = ''],
        namespace,
        reason,
      } = options;
      const body = { enabled: verb === 'enable', reason };
      return change(
        { method: 'PATCH', path: pathOf(name, namespace), body },
        `${name} is ${verb}d`,
        options,
        deps,
      );
    },
  });
}

export const policyEnable = patching('enable', 'load a disabled policy again');
export const policyDisable = patching('disable', 'unload a policy, and keep it');

export const policyDelete = command<ChangeOptions>({
  words: ['policy', 'delete'],
  about: 'remove a policy from the gate and every host',
  args: [NAME],
  options: CHANGE_OPTIONS,
  outputs: ['text', 'json'],
  run(options, deps) {
    const {
      args: [name = ''],
      namespace,
      reason,
    } = options;
    return change(
      { method: 'DELETE', path: pathOf(name, namespace), query: { reason } },
      `${name} is deleted`,
      options,
      deps,
    );
  },
});

export const policyMode = command<ChangeOptions>({
  words: ['policy', 'mode'],
  about: 'let a policy act, or only watch',
  args: [NAME, { syntax: '<mode>', about: 'monitor or enforce' }],
  options: CHANGE_OPTIONS,
  outputs: ['text', 'json'],
  run(options, deps) {
    const {
      args: [name = '', mode = ''],
      namespace,
      reason,
    } = options;
    const call = {
      method: 'PATCH' as const,
      path: pathOf(name, namespace),
      body: { mode: modeOf(mode), reason },
    };
    return change(call, `${name} is in ${mode} mode`, options, deps);
  },
});

function modeOf(mode: string): string {
  if (mode === 'monitor' || mode === 'enforce') return mode;
  throw new Fault('usage', `"${mode}" is not a mode: use monitor or enforce`);
}
