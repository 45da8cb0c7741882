// SPDX-License-Identifier: Apache-2.0
// Writes rego/capabilities.json: the built-ins the wasm target itself carries, and no feature we have not chosen.
// Needed only when tools/opa/go.mod moves: `node setup/rules/capabilities.mjs`.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOpa, ROOT, runOpa } from './opa.mjs';

/** Known to the compiler itself, so absent from its table of wasm functions. */
const COMPILED_AWAY = ['eq', 'assign'];
const FEATURES = ['keywords_in_refs', 'rego_v1', 'template_strings'];

function moduleDir() {
  const listed = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/open-policy-agent/opa'], {
    cwd: join(ROOT, 'tools/opa'),
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Error(`go list failed: ${listed.stderr}`);
  return listed.stdout.trim();
}

function nativeNames(source) {
  const compiler = readFileSync(join(source, 'internal/compiler/wasm/wasm.go'), 'utf8');
  const table = compiler.match(/var builtinsFunctions = map\[string\]string\{([\s\S]*?)\n\}/)[1];
  const variables = [...table.matchAll(/ast\.(\w+)\.Name:/g)].map((m) => m[1]);
  const declared = readFileSync(join(source, 'v1/ast/builtins.go'), 'utf8');
  return variables.map((variable) => {
    const name = declared.match(
      new RegExp(`var ${variable} = (?:&Builtin\\{|\\w+\\()\\s*Name:\\s*"([^"]+)"`),
    );
    if (!name) throw new Error(`no name found for built-in ${variable}`);
    return name[1];
  });
}

const opa = findOpa();
if (!opa) throw new Error('Go is missing: capabilities are read from the compiler’s source');
const all = JSON.parse(runOpa(opa, ['capabilities', '--current']));
const native = new Set([...nativeNames(moduleDir()), ...COMPILED_AWAY]);
const chosen = {
  builtins: all.builtins.filter((builtin) => native.has(builtin.name) && !builtin.deprecated),
  wasm_abi_versions: all.wasm_abi_versions,
  features: FEATURES,
  allow_net: [],
};
writeFileSync(join(ROOT, 'rego/capabilities.json'), `${JSON.stringify(chosen, null, 1)}\n`);
process.stdout.write(`rego/capabilities.json: ${chosen.builtins.length} built-ins\n`);
