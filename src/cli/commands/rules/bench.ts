// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules bench`: what each rule takes of a judgement. Needs no opa: the compiled module is measured. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../../config/index.ts';
import { Fault } from '../../../errors.ts';
import { isProfile, readBundle, ruleCosts } from '../../../guardrails/index.ts';
import type { JudgeInput } from '../../../model/judge.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { tableOf } from '../../output/table.ts';
import { inputsOf } from '../../review/inputs.ts';
import { dataFor, placeIn, placeOfRules } from '../../review/local-judge.ts';

interface Options {
  rules?: string;
  data?: string;
  rounds: string;
  above?: string;
}

export const rulesBench = command<Options>({
  words: ['rules', 'bench'],
  about: 'what each rule takes of a judgement, over given policies',
  args: [{ syntax: '[policy...]', about: 'files or directories; the shipped examples when none is named' }],
  options: [
    { flags: '--rules <bundle>', about: 'the compiled rule bundle to measure' },
    { flags: '--data <file>', about: "the organisation's data" },
    { flags: '--rounds <number>', about: 'how often each is measured; the least counts', fallback: '30' },
    { flags: '--above <percent>', about: 'fail where a rule takes more than this share' },
  ],
  outputs: ['text', 'json'],
  async run(options, deps) {
    const { io, out, loaded } = deps;
    const rounds = numberIn('--rounds', options.rounds, 1, 100_000);
    const above =
      options.above === undefined ? Number.POSITIVE_INFINITY : numberIn('--above', options.above, 0, 100);
    const { profile } = loaded.config;
    if (!isProfile(profile)) throw new Fault('usage', `there is no profile ${profile}`);
    const place = placeOfRules(
      options.rules === undefined ? undefined : placeIn(io.cwd, options.rules),
      loaded.config,
    );
    const inputs = await submissionsOf(options.args, deps);
    const files = readBundle(place, 'unchecked');
    const costs = ruleCosts({ files, profile, data: dataFor(options, deps), inputs, rounds });
    if (options.output === 'json') await out.json(costs);
    else {
      const rows = costs.rules.map(({ id, us, steps, share }) => [
        id,
        us.toFixed(2),
        steps.toFixed(0),
        `${(100 * share).toFixed(1)} %`,
      ]);
      await out.raw(tableOf(['RULE', 'MICROSECONDS', 'STEPS', 'SHARE'], rows));
    }
    const { wholeUs, emptyUs, rules } = costs;
    out.say(
      `${inputs.length} policies, all rules ${wholeUs.toFixed(1)} µs each, no rule ${emptyUs.toFixed(1)} µs`,
    );
    const dear = rules.filter(({ share }) => 100 * share > above);
    if (dear.length > 0) out.say(`above ${above} %: ${dear.map(({ id }) => id).join(', ')}`);
    return dear.length > 0 ? EXIT.denied : EXIT.done;
  },
});

async function submissionsOf(args: readonly string[], { io }: CommandDeps): Promise<JudgeInput[]> {
  const { inputs } = await inputsOf(args.length > 0 ? args : [examples()], { stdin: io.stdin, cwd: io.cwd });
  return inputs.map(({ file, intake, fault }) => {
    if (fault !== undefined) throw fault;
    if (intake?.valid !== true)
      throw new Fault('unreadable', `${file} is no valid TracingPolicy: \`tracegate review\` says why`);
    return {
      ...{ operation: 'create', door: 'cli', subject: { user: 'bench', groups: ['tracegate:platform'] } },
      ...{ policy: intake.normal, effectiveMode: intake.normal.mode ?? 'enforce', planned: [] },
      ...{ time: '2026-01-01T00:00:00Z', documents: { object: intake.document } },
    } satisfies JudgeInput;
  });
}

function examples(): string {
  const folder = join(packageRoot(), 'test', 'fixtures', 'policies');
  if (existsSync(folder)) return folder;
  throw new Fault('usage', 'no policies are shipped with this installation: name some');
}

function numberIn(flag: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new Fault('usage', `${flag} ${text}: write a whole number from ${least} to ${most}`);
}
