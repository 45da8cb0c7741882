// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { CEL_TWINS, celRulesOf } from '../../../src/model/crd/cel-twins.ts';
import { SPEC_SCHEMAS } from '../../../src/model/crd/definitions.ts';
import { crdFiles } from '../../../src/model/crd/print.ts';

const OURS = new URL('../../../manifests/crds/', import.meta.url);
const THEIRS = new URL('../../../../shared/corpus/crds/', import.meta.url);
/** What decides about acceptance and defaults; descriptions and the wording of rules are ours. */
const DECIDING = ['type', 'format', 'enum', 'default', 'minimum', 'maxItems', 'maxLength', 'pattern'];

type Node = Record<string, unknown>;

describe('the CRDs', () => {
  for (const { file, text } of crdFiles()) {
    it(`are printed fresh: ${file}`, () => assert.equal(readFileSync(new URL(file, OURS), 'utf8'), text));

    it(`accept what Tetragon's accept, field by field: ${file}`, (t) => {
      const upstream = new URL(file, THEIRS);
      if (!existsSync(upstream)) return t.skip(`${upstream.pathname} missing`);
      const ours = load(text) as Node;
      const theirs = load(readFileSync(upstream, 'utf8')) as Node;
      assert.deepEqual(outline(ours.spec as Node), outline(theirs.spec as Node));
      const walked = compare(schemaOf(ours), schemaOf(theirs), '');
      assert.ok(walked > 1000, `walked ${walked} nodes`);
    });
  }

  it('carry only rules that the other doors can decide too', () => {
    const rules = Object.values(SPEC_SCHEMAS).flatMap((schema) => [...celRulesOf(schema)]);
    assert.deepEqual(new Set(rules), new Set(CEL_TWINS.keys()));
  });
});

function outline(spec: Node): Node {
  const { versions: _versions, ...rest } = spec;
  return rest;
}

function schemaOf(crd: Node): Node {
  const [version] = (crd.spec as { versions: { schema: { openAPIV3Schema: Node } }[] }).versions;
  return (version as { schema: { openAPIV3Schema: Node } }).schema.openAPIV3Schema;
}

/** Asserts that two schemas decide alike; answers with the number of nodes compared. */
function compare(ours: Node, theirs: Node, pointer: string): number {
  for (const key of DECIDING) assert.deepEqual(ours[key], theirs[key], `${pointer} ${key}`);
  assert.deepEqual(
    new Set(ours.required as string[]),
    new Set(theirs.required as string[]),
    `${pointer} required`,
  );
  assert.equal(rulesOf(ours, pointer), rulesOf(theirs, pointer), `${pointer} validations`);
  const [ourFields, theirFields] = [ours, theirs].map(
    (node) => (node.properties ?? {}) as Record<string, Node>,
  ) as [Record<string, Node>, Record<string, Node>];
  assert.deepEqual(Object.keys(ourFields).sort(), Object.keys(theirFields).sort(), `${pointer} fields`);
  let nodes = 1;
  for (const [name, field] of Object.entries(ourFields))
    nodes += compare(field, theirFields[name] as Node, `${pointer}/${name}`);
  for (const key of ['items', 'additionalProperties']) {
    assert.equal(typeof ours[key], typeof theirs[key], `${pointer} ${key}`);
    if (ours[key]) nodes += compare(ours[key] as Node, theirs[key] as Node, `${pointer}/${key}`);
  }
  return nodes;
}

/** How many CEL rules stand here. The one on a namespaced spec stands on the document upstream: the root counts both places. */
function rulesOf(node: Node, pointer: string): number {
  const rules = (of: Node | undefined) => ((of?.['x-kubernetes-validations'] ?? []) as unknown[]).length;
  if (pointer === '/spec') return 0;
  return rules(node) + (pointer === '' ? rules((node.properties as Record<string, Node>).spec) : 0);
}
