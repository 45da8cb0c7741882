// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules test`: the rules' own tests and what they reach. */
import { Fault } from '../../../errors.ts';
import { type TestReport, testRules } from '../../../rule-kit/test-rules.ts';
import { type CommandDeps, command, EXIT } from '../../command.ts';
import { FOLDER_ARG, folderOf, OPA, opaFor, toldOf } from './kit.ts';

interface Options {
  threshold: string;
}

export const rulesTest = command<Options>({
  words: ['rules', 'test'],
  about: "your rules' own tests, and the lines that no test reaches (needs opa)",
  args: [FOLDER_ARG],
  options: [{ flags: '--threshold <percent>', about: 'fail below this coverage', fallback: '0' }, OPA],
  outputs: ['text', 'json'],
  run({ args: [named], threshold, output }, deps) {
    const least = Number(threshold);
    if (!(least >= 0 && least <= 100))
      throw new Fault('usage', `--threshold ${threshold} is no percentage: write 0 to 100`);
    const folder = folderOf(named, deps.io.cwd);
    return toldOf(async () => {
      const report = testRules(opaFor(deps), folder);
      if (output === 'json') await deps.out.json(report);
      else await print(report, deps);
      return verdict(report, least, deps);
    }, deps);
  },
});

async function print({ tests, files }: TestReport, { out }: CommandDeps): Promise<void> {
  for (const { name, file, error } of tests.filter(({ passed }) => !passed))
    await out.line(`FAIL ${file}: ${name}${error === undefined ? '' : `: ${error}`}`);
  for (const { file, percent, missed } of files) {
    const lines = missed.length === 0 ? '' : `  not reached: ${missed.join(', ')}`;
    await out.line(`${percent.toFixed(1).padStart(5)} %  ${file}${lines}`);
  }
}

function verdict({ tests, percent }: TestReport, least: number, { out }: CommandDeps): number {
  const failed = tests.filter(({ passed }) => !passed).length;
  const coverage = failed > 0 || tests.length === 0 ? '' : `, ${percent.toFixed(1)} % of the lines reached`;
  out.say(`${tests.length - failed} passed, ${failed} failed${coverage}`);
  if (tests.length === 0) out.say('no test was found: write rule_test.rego beside each rule.rego');
  if (failed === 0 && tests.length > 0 && percent < least) out.say(`the coverage is below ${least} %`);
  return failed === 0 && tests.length > 0 && percent >= least ? EXIT.done : EXIT.denied;
}
