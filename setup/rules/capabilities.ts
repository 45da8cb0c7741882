// SPDX-License-Identifier: Apache-2.0
// Writes rego/capabilities.json: the built-ins the wasm target itself carries, and no feature we have not chosen.
// Needed only when tools/opa/go.mod moves: `node setup/rules/capabilities.ts`.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findOpa, ROOT, runOpa } from '../../src/rule-kit/opa.ts';

interface Capabilities {
  builtins: { name: string; deprecated?: boolean }[];
  wasm_abi_versions: unknown;
}

/** Known to the compiler itself, so absent from its table of wasm functions. */
const COMPILED_AWAY = ['eq', 'assign'];
const FEATURES = ['keywords_in_refs', 'rego_v1', 'template_strings'];

function moduleDir(): string {
  const listed = spawnSync('go', ['list', '-m', '-f', '{{.Dir}}', 'github.com/open-policy-agent/opa'], {
    cwd: join(ROOT, 'tools/opa'),
    encoding: 'utf8',
  });
  if (listed.status !== 0) throw new Error(`go list failed: ${listed.stderr}`);
  return listed.stdout.trim();
}

/** The compiler's table of what it calls inside the module, by the names Rego uses. */
function nativeNames(source: string): string[] {
  const compiler = readFileSync(join(source, 'internal/compiler/wasm/wasm.go'), 'utf8');
  const table = /var builtinsFunctions = map\[string\]string\{([\s\S]*?)\n\}/.exec(compiler)?.[1] ?? '';
  const declared = readFileSync(join(source, 'v1/ast/builtins.go'), 'utf8');
  return [...table.matchAll(/ast\.(\w+)\.Name:/g)].map(([, variable]) => {
    const name = new RegExp(`var ${variable} = (?:&Builtin\\{|\\w+\\()\\s*Name:\\s*"([^"]+)"`).exec(
      declared,
    )?.[1];
    if (!name) throw new Error(`no name found for built-in ${variable}`);
    return name;
  });
}

/** What rules may use: nothing that would need the host, so that no rule can miss it. */
export function chosenCapabilities(opa: string): object {
  const all = JSON.parse(runOpa(opa, ['capabilities', '--current'])) as Capabilities;
  const native = new Set([...nativeNames(moduleDir()), ...COMPILED_AWAY]);
  const builtins = all.builtins.filter((builtin) => native.has(builtin.name) && !builtin.deprecated);
  return { builtins, wasm_abi_versions: all.wasm_abi_versions, features: FEATURES, allow_net: [] };
}

if (import.meta.main) {
  const opa = findOpa();
  if (!opa) throw new Error('Go is missing: capabilities are read from the compiler’s source');
  writeFileSync(
    join(ROOT, 'rego/capabilities.json'),
    `${JSON.stringify(chosenCapabilities(opa), null, 1)}\n`,
  );
}
