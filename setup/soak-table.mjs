// SPDX-License-Identifier: Apache-2.0
// What the long counts found: one line each in a table under docs/, so that what was counted of the same sources is not counted again.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, root } from './steps.mjs';

const cells = (values) => `| ${values.join(' | ')} |`;

/** `head`: all that stands above the lines. */
export function soakTable(name, head) {
  const file = join(root, name);
  const columns = head.trimEnd().split('\n').at(-1).split('|').length;
  const lines = () => {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    const isLine = (line) => line.startsWith('|') && line.split('|').length === columns;
    return text.split('\n').filter(isLine).slice(2); // the names of columns, and what stands under them
  };
  return {
    /** Whether a line begins with these. */
    has: (...first) => lines().some((line) => line.startsWith(cells(first))),
    /** In place of the line that begins with `first`. */
    keep(first, more) {
      const others = lines().filter((line) => !line.startsWith(cells(first)));
      writeFileSync(file, `${head}${[...others, cells([...first, ...more])].sort().join('\n')}\n`);
    },
  };
}

/** Twelve hex digits of what the files hold. */
export function digestOf(files) {
  const digest = createHash('sha256');
  for (const file of files) digest.update(readFileSync(join(root, file)));
  return digest.digest('hex').slice(0, 12);
}

/** Of the watch over BPF, the gate for loads and the gate's own addons. */
const OF_OTHERS =
  /^bpf\/((include|programs)\/(bpf_|gate|layout_(bpf|gate))|addon\/(ring|inventory|map_events)\b|(peercred|heap)\/)/;

/** What a forbidden call is decided by: the hooks' programs, and what puts a policy into them. */
export const enforcingSources = () =>
  [...filesUnder('bpf', /\.(c|cc|h)$/)].filter((file) => !OF_OTHERS.test(file));
