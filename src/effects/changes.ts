// SPDX-License-Identifier: Apache-2.0
/** What one policy does and the one before it did not, in sentences. */
import type { Effects, HookEffects } from './effects.ts';

/** Empty where both do the same. */
export function changesBetween(before: Effects, after: Effects): string[] {
  return [
    ...(before.mode === after.mode ? [] : [`the mode was ${before.mode} and is ${after.mode}`]),
    ...gained('it kills now, and did not before', before.kills, after.kills),
    ...gained('it makes calls fail now, and did not before', before.overrides, after.overrides),
    ...gained(
      'it reads what is in files and messages now, and did not before',
      before.capturesContent,
      after.capturesContent,
    ),
    ...added(before.details, after.details, 'new', 'gone'),
    ...hooksBetween(before.hooks, after.hooks),
  ];
}

function gained(text: string, before: boolean, after: boolean): string[] {
  return after && !before ? [text] : [];
}

function added(before: readonly string[], after: readonly string[], fresh: string, gone: string): string[] {
  return [
    ...after.filter((text) => !before.includes(text)).map((text) => `${fresh}: ${text}`),
    ...before.filter((text) => !after.includes(text)).map((text) => `${gone}: ${text}`),
  ];
}

/** A hook is the same one by what it hooks, wherever in the list it stands; several on one call are taken together. */
function hooksBetween(before: readonly HookEffects[], after: readonly HookEffects[]): string[] {
  const calls = [...new Set([...before, ...after].map(({ hook }) => hook))];
  return calls.flatMap((call) => {
    const [was, is] = [before, after].map((hooks) =>
      hooks.filter(({ hook }) => hook === call).flatMap(saidOf),
    );
    if (was?.length === 0)
      return [`${call}: hooked now`, ...(is ?? []).map((text) => `${call}: new: ${text}`)];
    if (is?.length === 0) return [`${call}: no longer hooked`];
    const changes = added(was ?? [], is ?? [], `${call}: new`, `${call}: gone`);
    const reordered = changes.length === 0 && (was ?? []).join('\n') !== (is ?? []).join('\n');
    return reordered
      ? [`${call}: its parts stand in another order, and the first selector that matches acts`]
      : changes;
  });
}

function saidOf({ selectors, details, captures }: HookEffects): string[] {
  return [...captures.map((text) => `reports ${text}`), ...details, ...selectors.map(({ text }) => text)];
}
