// SPDX-License-Identifier: Apache-2.0
// Writes schemas as compiled code: `node setup/build-validators.ts POLICIES ORGANISATION`. They stand in for
// src/model/crd/validator.ts and src/guardrails/organisation-validator.ts in what is bundled.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { _, Ajv } from 'ajv';
import standaloneModule from 'ajv/dist/standalone/index.js';
import * as organisation from '../src/guardrails/organisation-validator.ts';
import { ajvSchema } from '../src/model/crd/ajv-schema.ts';
import { SPEC_SCHEMAS } from '../src/model/crd/definitions.ts';
import { OPTIONS } from '../src/model/crd/validator.ts';

const standalone = standaloneModule as unknown as typeof standaloneModule.default;
const root = join(import.meta.dirname, '..');

function policies(): string {
  const kinds = Object.keys(SPEC_SCHEMAS) as (keyof typeof SPEC_SCHEMAS)[];
  const formats = _`require(${join(root, 'src/model/crd/formats.ts')})`;
  const ajv = new Ajv({ ...OPTIONS, code: { source: true, esm: true, formats } });
  for (const kind of kinds) ajv.addSchema(ajvSchema(kind), kind);
  const compiled = standalone(ajv, Object.fromEntries(kinds.map((kind) => [kind, kind])));
  return `${compiled}\nconst made = { ${kinds.join(', ')} };\nexport function makeValidator(kind) { return made[kind]; }\n`;
}

/** Of the rule set that comes with the program; another one may bring another schema. */
function organisations(): string {
  const schema = JSON.parse(readFileSync(join(root, 'rego/dist/schema.json'), 'utf8')) as object;
  const code = { ...organisation.OPTIONS.code, source: true, esm: true };
  const ajv = new Ajv({ ...organisation.OPTIONS, code });
  ajv.addSchema(schema, 'shipped');
  const text = JSON.stringify(JSON.stringify(schema));
  return `${standalone(ajv, { shipped: 'shipped' })}
export function compiledBefore(schema) { return JSON.stringify(schema) === ${text} ? shipped : undefined; }
`;
}

for (const [at, text] of [policies(), organisations()].entries()) {
  const out = process.argv[2 + at] as string;
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
}
