// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules lint`: what can be said against rules before they are built. */
import { type LintProblem, lintRules } from '../../../rule-kit/lint.ts';
import { command, EXIT } from '../../command.ts';
import { annotationOf } from '../../output/github.ts';
import { FOLDER_ARG, folderOf, inScratch, OPA, opaFor, shippedIds } from './kit.ts';

export const rulesLint = command({
  words: ['rules', 'lint'],
  about:
    'opa check and fmt, metadata, names, tests, and what is dear or cannot be in a compiled module (needs opa)',
  args: [FOLDER_ARG],
  options: [OPA],
  outputs: ['text', 'json', 'github'],
  async run({ args: [named], output }, deps) {
    const { out, io } = deps;
    const root = folderOf(named, io.cwd);
    const opa = opaFor(deps);
    const problems = await inScratch((work) => lintRules(opa, { root, work, taken: shippedIds() }));
    for (const problem of problems) {
      if (output === 'json') await out.json(problem);
      else await out.line(output === 'github' ? annotation(problem, named ?? 'guardrails') : lineOf(problem));
    }
    out.say(problems.length === 0 ? 'nothing to say against these rules' : `${problems.length} problems`);
    return problems.length === 0 ? EXIT.done : EXIT.denied;
  },
});

const lineOf = ({ file, line, column, rule, message }: LintProblem): string =>
  `${[file, line, column].filter((part) => part !== undefined).join(':')}: ${rule}: ${message}`;

function annotation({ file, line, column, rule, message }: LintProblem, folder: string): string {
  const place = { file: `${folder}/${file}`, line, col: line && (column ?? 1), title: rule };
  return annotationOf('error', place, message);
}
