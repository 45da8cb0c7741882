// SPDX-License-Identifier: Apache-2.0
// docs/errors.md, from the error catalogue.
import { CATALOGUE } from '../../src/errors.ts';
import { code, page, table } from './markdown.ts';

export function errorsPage(): string {
  return page('Errors', 'setup/build-reference.mjs, from src/errors.ts', [
    'A fault has a code that does not change, a message that says what, where and what to do, an HTTP status (as',
    '`application/problem+json`, RFC 9457, field `code`) and an exit code of the command line. What is wrong with a *policy*',
    'is not a fault but a finding: see [rules.md](rules.md).',
    '',
    ...table(
      ['code', 'title', 'HTTP', 'exit'],
      Object.entries(CATALOGUE).map(([name, { title, http, exit }]) => [
        code(name),
        title,
        String(http),
        String(exit),
      ]),
    ),
    '',
    'Exit codes: 0 done or allowed, 1 denied or a check that failed, 2 wrong usage, 3 could not judge or could not do it,',
    '130 interrupted. Of several policies the worst counts: 3 over 1 over 0.',
  ]);
}
