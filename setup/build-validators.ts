// SPDX-License-Identifier: Apache-2.0
// Writes the schemas of policies as compiled code: `node setup/build-validators.ts OUT`. It stands in for
// src/model/crd/validator.ts in what is bundled.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { _, Ajv } from 'ajv';
import standaloneModule from 'ajv/dist/standalone/index.js';
import { ajvSchema } from '../src/model/crd/ajv-schema.ts';
import { SPEC_SCHEMAS } from '../src/model/crd/definitions.ts';
import { OPTIONS } from '../src/model/crd/validator.ts';

const standalone = standaloneModule as unknown as typeof standaloneModule.default;
const formatsFile = join(import.meta.dirname, '../src/model/crd/formats.ts');
const KINDS = Object.keys(SPEC_SCHEMAS) as (keyof typeof SPEC_SCHEMAS)[];
const out = process.argv[2] as string;
const code = { source: true, esm: true, formats: _`require(${formatsFile})` };
const ajv = new Ajv({ ...OPTIONS, code });
for (const kind of KINDS) ajv.addSchema(ajvSchema(kind), kind);
const compiled = standalone(ajv, Object.fromEntries(KINDS.map((kind) => [kind, kind])));
mkdirSync(dirname(out), { recursive: true });
writeFileSync(
  out,
  `${compiled}\nconst made = { ${KINDS.join(', ')} };\nexport function makeValidator(kind) { return made[kind]; }\n`,
);
