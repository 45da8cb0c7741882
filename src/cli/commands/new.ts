// SPDX-License-Identifier: Apache-2.0
/** `tracegate new TEMPLATE`: a policy from a template, in monitor mode, with what it will do and what the rules say of it. */
import { existsSync } from 'node:fs';
import { type Effects, effectsOf } from '../../effects/index.ts';
import { Fault } from '../../errors.ts';
import type { Decision } from '../../model/decision.ts';
import { intakeAll, type ValidIntake } from '../../model/intake.ts';
import { review } from '../../service/index.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { tableOf } from '../output/table.ts';
import { textOf } from '../output/text.ts';
import { type LocalOptions, plannerFor, rulesetFor, subjectFor } from '../review/local-judge.ts';
import { invalid } from '../review/sendable.ts';
import { expand } from '../templates/expand.ts';
import { helpOf } from '../templates/help.ts';
import { type Parameters, parametersOf } from '../templates/parameters.ts';
import { schemaOf, templateNames, templateOf } from '../templates/template.ts';

interface Options extends LocalOptions {
  param?: string[];
}

interface Judged {
  intake: ValidIntake;
  effects: Effects;
  decision: Decision;
}

export const newCommand = command<Options>({
  words: ['new'],
  about: 'a policy from a template, always in monitor mode; without a template, what there is',
  args: [{ syntax: '[template]', about: 'its name; with --help, what it takes' }],
  options: [
    { flags: '--param <name=value...>', about: 'a parameter; a list with commas, or given several times' },
    { flags: '--rules <bundle>', about: 'the compiled rule bundle to judge by' },
    { flags: '--data <file>', about: "the organisation's data" },
    { flags: '--facts <file>', about: 'facts of the host, or hosts, to plan for' },
    { flags: '--as <user>', about: 'who asks, instead of you' },
    { flags: '--groups <a,b>', about: 'their groups' },
  ],
  outputs: ['text', 'json'],
  helpAfter: ([name]) => (name === undefined ? '' : helpOf(templateOf(name))),
  async run(options, deps) {
    const [name] = options.args;
    if (name === undefined) return list(options, deps);
    const template = templateOf(name);
    const parameters = parametersOf(template, options.param ?? []);
    const text = expand(template.policy, parameters);
    const judged = await judge(text, options, deps);
    if (options.output === 'json')
      for (const { intake, effects, decision } of judged)
        await deps.out.json({ template: name, parameters, policy: intake.document, effects, decision });
    else await deps.out.raw(text);
    for (const one of judged) tell(one, deps);
    tellAbsent(parameters, deps);
    return judged.every(({ decision }) => decision.allowed) ? EXIT.done : EXIT.denied;
  },
});

async function list({ param, output }: Options & { output: string }, { out }: CommandDeps): Promise<number> {
  if (param !== undefined)
    throw new Fault('usage', '--param is of a template: name it, as in `tracegate new block-ptrace`');
  const templates = templateNames().map((name) => templateOf(name));
  if (output === 'json')
    for (const template of templates) {
      const { name, title, about, example } = template;
      await out.json({ name, title, about, parameters: schemaOf(template), example });
    }
  else
    await out.raw(
      tableOf(
        ['TEMPLATE', 'WHAT IT IS FOR'],
        templates.map(({ name, title }) => [name, title]),
      ),
    );
  return EXIT.done;
}

/** The same review as every other submission has. */
async function judge(text: string, options: Options, deps: CommandDeps): Promise<Judged[]> {
  const intakes = intakeAll(text, 'yaml');
  const ruleset = rulesetFor(options, deps);
  const subject = subjectFor(options, deps);
  const planFor = await plannerFor(options, deps);
  const judged: Judged[] = [];
  for (const intake of intakes) {
    if (!intake.valid) throw invalid(intake);
    const planned = await planFor?.(intake.normal);
    const { decision } = await review(
      { door: 'cli', subject, operation: 'create', intake },
      { ruleset: () => ruleset, now: deps.now, ...(planned && { planFor: async () => planned }) },
    );
    judged.push({ intake, decision, effects: effectsOf(intake.normal, planned?.hooks) });
  }
  return judged;
}

function tell({ intake, effects, decision }: Judged, { out }: CommandDeps): void {
  for (const line of effects.summary) out.say(line);
  for (const { hook, hosts } of effects.hooks)
    for (const { host, refused, guarantee, racy } of hosts)
      out.say(
        refused === undefined
          ? `${hook} on ${host}: ${guarantee}${racy ? ', racy' : ''}`
          : `${hook} on ${host}: refused: ${refused}`,
      );
  for (const line of textOf({ file: intake.identity.name, decision }, false).trimEnd().split('\n'))
    out.say(line);
}

/** What is not there is known by its path alone. */
function tellAbsent({ paths, programs = [], except = [] }: Parameters, { out }: CommandDeps): void {
  for (const path of paths ?? [])
    if (!existsSync(path))
      out.say(
        `${path} is not there on this host: it is known by its path alone, and a second name of it is not`,
      );
  for (const program of [...programs, ...except])
    if (program.startsWith('/') && !existsSync(program))
      out.say(`${program} is not there on this host: is it spelt as the kernel tells it, without links?`);
}
