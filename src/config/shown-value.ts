// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto';
import { type Config, KEYS } from './keys.ts';

/** No key holds a secret; an address may carry one, in a name before it or in what comes after the host. */
export function shownValue(value: string | number): string | number {
  if (typeof value === 'number') return value;
  const named = value.replace(/\/\/[^/@]*@/, '//***@');
  return named.replace(/^(https?:\/\/[^/?#]+)([/?#].+)$/s, (_all, host: string, rest: string) => {
    // two addresses that differ only there are told apart, and neither is told
    return `${host}/*** (sha256 ${hash('sha256', rest).slice(0, 8)})`;
  });
}

/** By key, all that is set of what gate and agent go by, as it may be shown. */
export function shownConfig(config: Config): Record<string, string | number> {
  const shown: Record<string, string | number> = {};
  for (const { key } of KEYS) {
    const value = setIn(config, key);
    if (value !== undefined && !key.startsWith('client.')) shown[key] = shownValue(value);
  }
  return shown;
}

function setIn(config: Config, key: string): string | number | undefined {
  const [group = '', name] = key.split('.');
  const held = (config as unknown as Record<string, unknown>)[group];
  const value = name === undefined ? held : (held as Record<string, unknown>)[name];
  return value as string | number | undefined;
}
