// SPDX-License-Identifier: Apache-2.0
/** `tracegate review`: what the gate would say, before anything is sent, or with --server what it does say. */
import { resolve } from 'node:path';
import { asFault, Fault } from '../../errors.ts';
import type { RuleEntry } from '../../guardrails/index.ts';
import type { Decision, Operation } from '../../model/decision.ts';
import type { Intake } from '../../model/intake.ts';
import { keyOf, review } from '../../service/index.ts';
import { type CommandDeps, command, EXIT } from '../command.ts';
import { githubOf } from '../output/github.ts';
import { junitOf } from '../output/junit.ts';
import { sarifOf } from '../output/sarif.ts';
import { textOf } from '../output/text.ts';
import { printable, printableJson } from '../printable.ts';
import { type Input, inputsOf } from '../review/inputs.ts';
import { type LocalOptions, plannerFor, rulesetFor, subjectFor } from '../review/local-judge.ts';
import { exitOf, type Result, resultJson } from '../review/result.ts';
import { valueToSend } from '../review/sendable.ts';
import { allOf } from './pages.ts';

interface Options extends LocalOptions {
  operation?: Operation;
  old?: string;
}

interface Judge {
  judge(input: Input & { intake: Intake }): Promise<Decision>;
  /** the rules it judges by */
  catalogue(): Promise<readonly RuleEntry[]>;
}

export const reviewCommand = command<Options>({
  words: ['review'],
  about: 'judge policies without sending, storing or loading them',
  args: [{ syntax: '<file...>', about: 'files, directories, or - for standard input' }],
  options: [
    { flags: '--rules <bundle>', about: 'the compiled rule bundle to judge by' },
    { flags: '--data <file>', about: "the organisation's data" },
    { flags: '--facts <file>', about: 'facts of the host, or hosts, to plan for' },
    { flags: '--as <user>', about: 'who asks, instead of you' },
    { flags: '--groups <a,b>', about: 'their groups' },
    { flags: '--operation <operation>', about: 'what is asked for', choices: ['create', 'update', 'delete'] },
    { flags: '--old <file>', about: 'the stored policy an update replaces' },
  ],
  outputs: ['text', 'json', 'sarif', 'junit', 'github'],
  async run(options, deps) {
    const { inputs, skipped } = await inputsOf(options.args, { stdin: deps.io.stdin, cwd: deps.io.cwd });
    if (skipped.length > 0)
      deps.out.say(
        `${skipped.length} documents of other kinds were skipped: ${[...new Set(skipped)].join(', ')}`,
      );
    const judge = deps.serverNamed ? askGate(options, deps) : await judgeHere(options, deps);
    const results: Result[] = [];
    for (const input of inputs) {
      const result = await resultOf(input, judge);
      results.push(result);
      await printOne(result, options.output, deps);
    }
    const catalogue = options.output === 'sarif' ? await judge.catalogue() : [];
    await printAll(results, options.output, { catalogue, deps });
    sum(results, deps);
    return results.length === 0 ? nothing(deps) : exitOf(results);
  },
});

async function resultOf(input: Input, { judge }: Judge): Promise<Result> {
  const { file, intake, fault } = input;
  const lines = input.lines === undefined ? {} : { lines: input.lines };
  if (!intake) return { file, fault: fault ?? new Fault('internal', 'nothing was read') };
  try {
    return { file, ...lines, decision: await judge({ ...input, intake }) };
  } catch (thrown) {
    const failed = asFault(thrown);
    // wrong usage is the command's, not this file's
    if (failed.code === 'usage') throw failed;
    return { file, ...lines, fault: failed };
  }
}

async function judgeHere(options: Options, deps: CommandDeps): Promise<Judge> {
  const ruleset = rulesetFor(options, deps);
  const subject = subjectFor(options, deps);
  const planFor = await plannerFor(options, deps);
  const olds = await oldPolicies(options, deps);
  const reviewDeps = { ruleset: () => ruleset, now: deps.now, ...(planFor ? { planFor } : {}) };
  const judge: Judge['judge'] = async ({ intake }) => {
    const old = olds && oldOf(olds, intake);
    const operation = operationOf(options);
    const { decision } = await review(
      { door: 'cli', subject, operation, intake, ...(old ? { old } : {}) },
      reviewDeps,
    );
    return decision;
  };
  return { judge, catalogue: async () => ruleset.catalogue };
}

function operationOf({ operation, old }: Options): Operation {
  if (old !== undefined && operation !== undefined && operation !== 'update') {
    throw new Fault(
      'usage',
      '--old is the policy an update replaces: leave it out, or ask with --operation update',
    );
  }
  return operation ?? (old === undefined ? 'create' : 'update');
}

async function oldPolicies({ old }: Options, { io }: CommandDeps): Promise<Input[] | undefined> {
  if (old === undefined) return undefined;
  const { inputs } = await inputsOf([resolve(io.cwd, old)], io);
  for (const { fault } of inputs) if (fault) throw fault;
  return inputs;
}

function oldOf(olds: readonly Input[], intake: Intake): Intake {
  const key = keyOf(intake);
  const old = olds.find(
    (one) => one.intake && one.intake.identity.kind === intake.identity.kind && keyOf(one.intake) === key,
  );
  if (old?.intake) return old.intake;
  throw new Fault(
    'usage',
    `--old holds no ${intake.identity.kind} ${printable(key)}: an update keeps kind, name and namespace`,
  );
}

/** The gate answers what it would say to whom the token stands for. */
function askGate(options: Options, deps: CommandDeps): Judge {
  for (const local of ['rules', 'data', 'facts', 'as', 'groups'] as const) {
    if (options[local] !== undefined)
      throw new Fault('usage', `--${local} is for judging here: with --server the gate's own are used`);
  }
  const operation = operationOf(options);
  let olds: Promise<Input[] | undefined> | undefined;
  const judge: Judge['judge'] = async ({ intake, source }) => {
    olds ??= oldPolicies(options, deps);
    const known = await olds;
    const old = known && oldOf(known, intake);
    const oldPolicy = old?.valid ? old.document : undefined;
    try {
      const body = {
        policy: source && valueToSend(source, intake),
        operation,
        ...(oldPolicy ? { oldPolicy } : {}),
      };
      const answer = await deps.gate().call<Decision>({ method: 'POST', path: '/v1/reviews', body });
      return withLines(answer.body, intake);
    } catch (thrown) {
      const decision = thrown instanceof Fault && (thrown.details.decision as Decision | undefined);
      if (decision) return withLines(decision, intake);
      throw thrown;
    }
  };
  return { judge, catalogue: () => allOf<RuleEntry>(deps.gate(), '/v1/rules') };
}

/** The gate was sent the document, not the text: lines are known only here. */
function withLines(decision: Decision, { lineOf }: Intake): Decision {
  const findings = decision.findings.map((finding) => {
    const line = lineOf(finding.path);
    return line === undefined ? finding : { ...finding, line };
  });
  return { ...decision, findings };
}

async function printOne(result: Result, output: string, { out }: CommandDeps): Promise<void> {
  if (output === 'text') await out.raw(textOf(result, out.colour));
  if (output === 'json') await out.json(resultJson(result));
  if (output === 'github') await out.raw(githubOf(result));
}

interface Printing {
  catalogue: readonly RuleEntry[];
  deps: CommandDeps;
}

async function printAll(
  results: readonly Result[],
  output: string,
  { catalogue, deps: { out } }: Printing,
): Promise<void> {
  if (output === 'junit') await out.line(junitOf(results));
  if (output === 'sarif') await out.raw(`${printableJson(sarifOf(results, catalogue), 2)}\n`);
}

function sum(results: readonly Result[], { out }: CommandDeps): void {
  const denied = results.filter(({ decision }) => decision && !decision.allowed).length;
  const failed = results.filter(({ fault }) => fault).length;
  const allowed = results.length - denied - failed;
  out.say(`${results.length} judged: ${allowed} allowed, ${denied} denied, ${failed} could not be judged`);
}

function nothing({ out }: CommandDeps): number {
  out.say('there was no policy to judge: name files that hold one');
  return EXIT.failed;
}
