// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules allow-older DIGEST`: for a bundle that was refused because a newer one has been in force. */
import { dirname } from 'node:path';
import { rulesAllowanceFile, statePaths } from '../../../config/index.ts';
import { Fault } from '../../../errors.ts';
import { replaceFile } from '../../../guardrails/index.ts';
import type { RulesState } from '../../../model/rules-state.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';

interface Options {
  reason?: string;
  agent?: boolean;
}

export const rulesAllowOlder = command<Options>({
  words: ['rules', 'allow-older'],
  about: 'let one signed rule bundle come back that a newer one took the place of',
  args: [{ syntax: '<digest>', about: 'of the bundle, as the refusal names it' }],
  options: [
    { flags: '--reason <text>', about: 'why; it is written down' },
    { flags: '--agent', about: "for the agent's own rules on this host (as root)" },
  ],
  outputs: ['text', 'json'],
  async run({ args: [digest = ''], reason, agent, output }, deps) {
    if (reason === undefined || reason.trim() === '') throw new Fault('usage', 'say why: --reason TEXT');
    if (!/^sha256:[0-9a-f]{64}$/.test(digest))
      throw new Fault('usage', `${digest} is no digest of a bundle: sha256: and 64 hexadecimal digits`);
    if (agent === true) return allowForAgent({ digest, reason }, deps);
    const path = '/v1/rules/bundle/allowances';
    const { body } = await deps.gate().call<RulesState>({ method: 'POST', path, body: { digest, reason } });
    if (output === 'json') await deps.out.json(body);
    else if (body.bundleDigest === digest) deps.out.say(`revision ${body.revision} judges now`);
    else deps.out.say('allowed: it comes into force when it is put, or found in its place');
    return EXIT.done;
  },
});

/** The agent takes nobody's word over a socket: who may write into its own folder is root. */
function allowForAgent(
  asked: { digest: string; reason: string },
  { loaded, user, now, out }: CommandDeps,
): number {
  const path = rulesAllowanceFile(dirname(statePaths(loaded.config.stateDir).agentAudit));
  const allowance = { ...asked, by: `${user.name} (${user.uid})`, time: now().toISOString() };
  try {
    replaceFile(path, Buffer.from(`${JSON.stringify(allowance, null, 1)}\n`));
  } catch (cause) {
    throw new Fault('forbidden', `${path} cannot be written: ${(cause as Error).message}. Be root.`, {
      cause,
    });
  }
  out.say('allowed: the agent takes it at its next look');
  return EXIT.done;
}
