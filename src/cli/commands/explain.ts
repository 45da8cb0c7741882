// SPDX-License-Identifier: Apache-2.0
/** `tracegate explain FILE|NAME`: what a policy does, for people who do not write them. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Effects, effectsOf } from '../../effects/index.ts';
import { Fault } from '../../errors.ts';
import { type Intake, intakeObject } from '../../model/intake.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { inputsOf } from '../review/inputs.ts';
import { plannerFor } from '../review/local-judge.ts';
import { invalid } from '../review/sendable.ts';
import { NAMESPACE_OPTION, type PlaceOptions, pathOf } from './policy/place.ts';

interface Options extends PlaceOptions {
  facts?: string;
}

export const explainCommand = command<Options>({
  words: ['explain'],
  about: 'what a policy does, in plain words: hooks, matches, who can be killed, cost',
  args: [{ syntax: '<policy>', about: 'a file, - for standard input, or the name of a stored policy' }],
  options: [NAMESPACE_OPTION, { flags: '--facts <file>', about: 'facts of the host, or hosts, to plan for' }],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const planFor = await plannerFor(options, deps);
    for (const intake of await policiesOf(options, deps)) {
      if (!intake.valid) throw invalid(intake);
      const planned = await planFor?.(intake.normal);
      const effects = effectsOf(intake.normal, planned?.hooks);
      if (options.output === 'json') await deps.out.json({ policy: intake.identity, ...effects });
      else for (const line of wordsOf(effects)) await deps.out.line(line);
    }
    return EXIT.done;
  },
});

async function policiesOf(
  { args: [policy = ''], namespace }: Options & { args: string[] },
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

function wordsOf({ summary, hooks }: Effects): string[] {
  return [
    ...summary,
    ...hooks.flatMap(({ hook, heat, unfiltered, captures, hosts }) => [
      '',
      `${hook}: called ${FREQUENCY[heat]}${unfiltered ? ', every call is taken' : ''}`,
      ...(captures.length === 0 ? [] : [`  reports ${captures.join(', ')}`]),
      ...hosts.flatMap(hostWords),
    ]),
  ];
}

function hostWords(effects: Effects['hooks'][number]['hosts'][number]): string[] {
  const { host, refused, mechanism, guarantee, racy, cost, row, form, passes } = effects;
  if (refused !== undefined) return [`  on ${host}: refused: ${refused}`];
  const elsewhere = cost.elsewhere > 0 ? ` and ${cost.elsewhere} on every other system call` : '';
  return [
    `  on ${host}: ${guarantee}${racy ? ' (racy)' : ''} by ${mechanism}, about ${cost.instructions} instructions a call${elsewhere}`,
    ...(row === undefined ? [] : [`    ${row}`]),
    ...(form === undefined ? [] : [`    decided on: ${FORM_WORDS[form]}`]),
    ...(passes === undefined ? [] : [`    passes: ${passes}`]),
  ];
}

const FORM_WORDS = {
  text: 'text, other spellings of the object pass',
  object: 'object, whatever its spelling',
} as const;
const FREQUENCY = { hot: 'very often', warm: 'often', cold: 'rarely' } as const;
