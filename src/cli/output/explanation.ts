// SPDX-License-Identifier: Apache-2.0
/** What a policy would do, for people at a terminal. */
import type { Effects } from '../../effects/index.ts';

/** A line each; nothing but the effects is looked at. */
export function explanationOf({ summary, details, hooks }: Effects): string[] {
  return [
    ...summary,
    ...details,
    ...hooks.flatMap(({ hook, heat, unfiltered, captures, secrets, hosts, ...of }) => [
      '',
      `${hook}: called ${FREQUENCY[heat]}${unfiltered ? ', every call is taken' : ''}`,
      ...(captures.length === 0 ? [] : [`  reports ${captures.join(', ')}`]),
      ...secrets.map((text) => `  may hold secrets: ${text}`),
      ...of.details.map((text) => `  ${text}`),
      ...(of.selectors.length > 1 ? ['  the first of these that fits acts, and those after it do not:'] : []),
      ...of.selectors.map(({ text }, i) => `  ${of.selectors.length > 1 ? `${i + 1}. ` : ''}${text}`),
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
const FREQUENCY = { hot: 'very often', warm: 'often', cold: 'rarely, as far as is known' } as const;
