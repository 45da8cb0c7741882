// SPDX-License-Identifier: Apache-2.0
/** What an adapted package says of itself in METADATA is held to what a rule of ours is held to. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { adapt, plainFiles } from '../../src/rule-kit/plain.ts';
import { neededOpa } from './needed-opa.ts';

const { opa, skip } = neededOpa();

/** The rules that one package with these lines under `custom` becomes. */
function adapted(custom: string): ReturnType<typeof adapt> {
  const folder = mkdtempSync(join(tmpdir(), 'plain-metadata-'));
  const work = mkdtempSync(join(tmpdir(), 'plain-metadata-'));
  try {
    const metadata = `# METADATA\n# scope: package\n# title: No names\n# custom:\n#   ${custom}\n`;
    const rule = 'package names\n\ndeny contains "no" if input.review.object.metadata.name == "x"\n';
    writeFileSync(join(folder, 'names.rego'), `${metadata}${rule}`);
    return adapt(opa ?? '', work, plainFiles([folder]));
  } finally {
    for (const path of [folder, work]) rmSync(path, { recursive: true });
  }
}

const known: [custom: string, field: 'id' | 'monitor' | 'severity' | 'modes', value: unknown][] = [
  ['id: ORG-001', 'id', 'ORG-001'],
  ['monitor: warn', 'monitor', 'warn'],
  ['severity: low', 'severity', 'low'],
  [
    'modes: {baseline: off, standard: info, strict: warn}',
    'modes',
    { baseline: 'off', standard: 'info', strict: 'warn' },
  ],
];
for (const [custom, field, value] of known) {
  it(`takes ${custom}`, { skip }, () => assert.deepEqual(adapted(custom)[0]?.[field], value));
}

const unknown: [custom: string, because: RegExp][] = [
  ['modes: {baseline: enforced, standard: warn, strict: enforce}', /names\.rego .*custom\.modes/],
  ['modes: {strict: warn}', /custom\.modes/],
  ['modes: deny', /custom\.modes/],
  ['monitor: soften', /custom\.monitor/],
  ['id: one', /custom\.id/],
  ['severity: fatal', /custom\.severity/],
  ['fix: ""', /custom\.fix/],
];
for (const [custom, because] of unknown) {
  it(`refuses ${custom}`, { skip }, () => assert.throws(() => adapted(custom), because));
}
