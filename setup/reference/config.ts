// SPDX-License-Identifier: Apache-2.0
// docs/config.md, from the one list of keys.
import { CONFIG_FILE_ENV, envNameOf, flagOf, KEYS, type KeyType } from '../../src/config/keys.ts';
import { code, page, table } from './markdown.ts';

function values(type: KeyType): string {
  switch (type.kind) {
    case 'choice':
      return type.of.map(code).join(', ');
    case 'count':
      return `${type.min} to ${type.max}`;
    case 'address':
    case 'url':
      return type.schemes.map((scheme) => code(`${scheme}://…`)).join(', ');
    default:
      return type.kind;
  }
}

export function configPage(): string {
  return page('Configuration', 'setup/build-reference.mjs, from src/config/keys.ts', [
    'Every key can be set by flag, by environment and in a file, in this order of precedence. A key that does not exist is',
    'refused, with the nearest that does; so is an environment variable `TRACEGATE_…` that means nothing. `tracegate',
    'config show` prints what is in force and where each value came from.',
    '',
    `The file is YAML or JSON, named by \`--config\` or ${code(CONFIG_FILE_ENV)}; \`a.b\` is \`b\` inside of \`a\`.`,
    '',
    ...table(
      ['key', 'environment', 'flag', 'values', 'default', 'what it is'],
      KEYS.map((spec) => [
        code(spec.key),
        code(envNameOf(spec)),
        code(flagOf(spec)),
        values(spec.type),
        spec.fallback === undefined ? '' : code(String(spec.fallback)),
        spec.about,
      ]),
    ),
    '',
    '`stateDir` is `./.tracegate` in a checkout and `/var/lib/tracegate` where installed.',
  ]);
}
