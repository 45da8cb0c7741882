// SPDX-License-Identifier: Apache-2.0
/** Prints the CRDs next to this file: `node manifests/crds/generate.ts`. A test fails when they are not fresh. */
import { writeFileSync } from 'node:fs';
import { crdFiles } from '../../src/model/crd/print.ts';

for (const { file, text } of crdFiles()) writeFileSync(new URL(file, import.meta.url), text);
