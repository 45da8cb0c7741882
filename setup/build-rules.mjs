// SPDX-License-Identifier: Apache-2.0
// Checks, tests and compiles the guardrails: `node setup/build-rules.mjs [--out DIR] [--guardrails DIR …]`.
// Without arguments it writes what is checked in: rego/dist, docs/rules.md and the cases for the tests.
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildBundle } from '../src/rule-kit/build.ts';
import { GUARDRAILS } from '../src/rule-kit/discover.ts';
import { findOpa, ROOT } from '../src/rule-kit/opa.ts';
import { rulesPage } from './rules/docs.ts';

const { values } = parseArgs({
  options: { out: { type: 'string' }, guardrails: { type: 'string', multiple: true, default: [] } },
});
const opa = findOpa();
if (!opa) {
  process.stderr.write(
    'build-rules: Go is missing (https://go.dev/dl, 1.26 or newer); the checked-in bundle stays\n',
  );
  process.exit(3);
}
const ours = values.out === undefined;
const out = resolve(values.out ?? join(ROOT, 'rego/dist'));
const { rules, revision, cases } = buildBundle(opa, {
  out,
  roots: [GUARDRAILS, ...values.guardrails.map((path) => resolve(path))],
});
if (ours) {
  writeFileSync(join(ROOT, 'docs/rules.md'), rulesPage(rules));
  writeFileSync(join(ROOT, 'test/rules/cases.generated.json'), cases);
}
process.stdout.write(`${out}: ${rules.length} guardrails, revision ${revision}\n`);
