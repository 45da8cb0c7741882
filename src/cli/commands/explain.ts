// SPDX-License-Identifier: Apache-2.0
/** `tracegate explain FILE|NAME`: what a policy does, for people who do not write them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { changesBetween, effectsOf } from '../../effects/index.ts';
import { Fault } from '../../errors.ts';
import { type Intake, intakeObject, type ValidIntake } from '../../model/intake.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { explanationOf } from '../output/explanation.ts';
import { inputsOf } from '../review/inputs.ts';
import { plannerFor } from '../review/local-judge.ts';
import { invalid } from '../review/sendable.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './policy/place.ts';

interface Options extends PlaceOptions {
  facts?: string;
  old?: string;
}

export const explainCommand = command<Options>({
  words: ['explain'],
  about:
    'what a policy does, in plain words: hooks, matches, what it reads, who can be killed, cost, kernels',
  args: [{ syntax: '<policy>', about: 'a file, - for standard input, or the name of a stored policy' }],
  options: [
    NAMESPACE_OPTION,
    { flags: '--facts <file>', about: 'facts of the host, or hosts, to plan for' },
    {
      flags: '--old <policy>',
      about: 'say what changes against that one: a file, or the name of a stored policy',
    },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const planFor = await plannerFor(options, deps);
    const { args, namespace, old } = options;
    const olds = old === undefined ? undefined : await policiesOf(old, namespace, deps);
    const intakes = await policiesOf(args[0] ?? '', namespace, deps);
    for (const intake of intakes) {
      if (!intake.valid) continue;
      const planned = await planFor?.(intake.normal);
      const effects = effectsOf(intake.normal, planned?.hooks);
      const changes = olds && changesBetween(effectsOf(oldOf(olds, intake).normal), effects);
      if (options.output === 'json')
        await deps.out.json({ policy: intake.identity, ...effects, ...(changes && { changes }) });
      else for (const line of [...explanationOf(effects), ...changeWords(changes)]) await deps.out.line(line);
    }
    // a file may hold other objects as well: what is a policy is explained first
    for (const intake of intakes) if (!intake.valid) throw invalid(intake);
    return EXIT.done;
  },
});

/** The one of that name, or the only one there is. */
function oldOf(olds: readonly Intake[], { identity }: ValidIntake): ValidIntake {
  const old =
    olds.find((one) => one.identity.name === identity.name) ?? (olds.length === 1 ? olds[0] : undefined);
  if (old === undefined) throw new Fault('usage', `--old holds no policy ${identity.name}`);
  if (!old.valid) throw invalid(old);
  return old;
}

function changeWords(changes: string[] | undefined): string[] {
  if (changes === undefined) return [];
  return [
    '',
    ...(changes.length === 0
      ? ['nothing changes']
      : ['what changes:', ...changes.map((text) => `  ${text}`)]),
  ];
}

async function policiesOf(
  policy: string,
  namespace: string | undefined,
  { io, gate }: CommandDeps,
): Promise<Intake[]> {
  if (policy === '-' || existsSync(resolve(io.cwd, policy))) {
    const { inputs } = await inputsOf([policy], io);
    return inputs.map(({ intake, fault }) => {
      if (intake) return intake;
      throw fault ?? new Fault('internal', 'nothing was read');
    });
  }
  const { body } = await gate().call<{ document: unknown }>({
    method: 'GET',
    path: pathOf(policy, namespace),
  });
  return [intakeObject(body.document)];
}
