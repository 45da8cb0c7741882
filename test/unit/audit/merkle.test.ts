// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  consistencyProof,
  Frontier,
  inclusionProof,
  isConsistent,
  leafHash,
  nodeHash,
  peakPlaces,
  provenRoot,
} from '../../../src/audit/merkle.ts';

/** The definition of RFC 9162 §2.1.1, word for word: what the incremental form is held against. */
function treeHash(leaves: string[]): string {
  if (leaves.length === 0) return new Frontier().root();
  if (leaves.length === 1) return leafHash(leaves[0] ?? '');
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return nodeHash(treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function grow(leaves: string[]) {
  const frontier = new Frontier();
  const nodes = new Map<string, string>();
  for (const leaf of leaves) {
    for (const { level, position, hash } of frontier.append(leafHash(leaf)))
      nodes.set(`${level}/${position}`, hash);
  }
  const nodeAt = (level: number, position: number) =>
    nodes.get(`${level}/${position}`) ?? assert.fail('not stored');
  return { frontier, nodeAt };
}

test('the empty tree and the first known vectors of RFC 6962 have their published roots', () => {
  const hex = (leaves: string[]) => {
    const frontier = new Frontier();
    for (const leaf of leaves) frontier.append(leafHash(leaf));
    return frontier.root();
  };
  assert.equal(hex([]), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(hex(['']), '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d');
  const two = ['', '\u0000'];
  assert.equal(hex(two), 'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125');
});

test('the growing tree has the root of its definition, at every size', () => {
  const leaves = Array.from({ length: 70 }, (_, n) => `leaf ${n}`);
  for (let size = 0; size <= leaves.length; size += 1) {
    const part = leaves.slice(0, size);
    assert.deepEqual(grow(part).frontier.root(), treeHash(part));
  }
});

test('the right edge is rebuilt from the stored complete subtrees', () => {
  for (let size = 1; size < 70; size += 1) {
    const { frontier, nodeAt } = grow(Array.from({ length: size }, (_, n) => String(n)));
    const peaks = peakPlaces(size).map(({ level, position }) => ({
      level,
      position,
      hash: nodeAt(level, position),
    }));
    assert.deepEqual(new Frontier(size, peaks).root(), frontier.root());
  }
});

test('a proof holds for its own leaf, number and size, and for no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), fc.nat(), fc.nat(), (size, a, b) => {
      const leaves = Array.from({ length: size }, (_, n) => `leaf ${n}`);
      const { frontier, nodeAt } = grow(leaves);
      const [index, other] = [a % size, b % size];
      const proof = inclusionProof(index, size, nodeAt);
      const root = (at: number, leaf: string) =>
        provenRoot(at, size, leafHash(leaf), proof) === frontier.root();
      assert.equal(root(index, `leaf ${index}`), true);
      assert.notEqual(root(index, `leaf ${size}`), true);
      if (other !== index) assert.notEqual(root(other, `leaf ${index}`), true);
    }),
  );
});

test('a tree is shown to go on from an earlier one, and from no other', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (size, pick) => {
      const leaves = Array.from({ length: size }, (_, n) => `leaf ${n}`);
      const from = pick % (size + 1);
      const { frontier, nodeAt } = grow(leaves);
      const proof = consistencyProof(from, size, nodeAt);
      const [root, fromRoot] = [frontier.root(), treeHash(leaves.slice(0, from))];
      assert.ok(isConsistent({ from, fromRoot, size, root }, proof));
      if (from === 0) return;
      const other = treeHash([...leaves.slice(0, from - 1), 'another']);
      assert.ok(!isConsistent({ from, fromRoot: other, size, root }, proof));
      assert.ok(!isConsistent({ from, fromRoot, size, root: leafHash('x') }, proof));
      if (from < size) assert.ok(!isConsistent({ from, fromRoot, size, root }, proof.slice(1)));
    }),
  );
});

test('an inner node is not a leaf', () => {
  const [a, b] = [leafHash('a'), leafHash('b')];
  const asLeaf = createHash('sha256')
    .update(Buffer.from(`00${a}${b}`, 'hex'))
    .digest('hex');
  assert.notEqual(asLeaf, nodeHash(a, b));
});
