// SPDX-License-Identifier: Apache-2.0
// docs/templates.md, from the files in templates/.
import { templateNames, templateOf } from '../../src/cli/templates/template.ts';
import { code, page, table } from './markdown.ts';

export function templatesPage(): string {
  const templates = templateNames().map((name) => templateOf(name));
  return page('Templates', 'setup/build-reference.mjs, from templates/', [
    '`tracegate new TEMPLATE --param NAME=VALUE …` prints a TracingPolicy on stdout, always in monitor mode, and on stderr what it will',
    'do and what the guardrails say of it. Lists are written with commas. To refuse instead of watching, write `value: enforce` in its',
    'options once its events show nobody that should not be hit. A template is one file in [templates/](../templates).',
    '',
    ...table(
      ['template', 'what it is for'],
      templates.map(({ name, title }) => [`[${name}](#${name})`, title]),
    ),
    ...templates.flatMap(({ name, title, about, parameters, required, example }) => [
      '',
      `## ${name}`,
      '',
      `**${title}.** ${about}`,
      '',
      ...table(
        ['parameter', 'what it is', 'by default'],
        Object.entries(parameters).map(([key, { description, default: fallback }]) => [
          code(key),
          description,
          required.includes(key) ? 'needed' : defaultText(fallback),
        ]),
      ),
      '',
      code(`tracegate new ${name}${exampleText(example)}`),
    ]),
  ]);
}

function defaultText(fallback: unknown): string {
  if (!Array.isArray(fallback)) return code(String(fallback));
  return fallback.length === 0 ? 'none' : fallback.map((value) => code(String(value))).join(', ');
}

function exampleText(example: Record<string, string[]>): string {
  return Object.entries(example)
    .map(([key, values]) => ` --param ${key}=${values.join(',')}`)
    .join('');
}
