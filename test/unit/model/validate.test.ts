// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { intake, intakeObject } from '../../../src/model/intake.ts';
import { nearest, suggestion } from '../../../src/model/near-match.ts';
import { readDocument } from '../../../src/model/read-document.ts';
import { validate } from '../../../src/model/validate.ts';
import { smallPolicy, TCP_CONNECT } from '../../fixtures/policies.ts';

const said = (text: string): string[] =>
  validate(readDocument(text, 'yaml')).map(({ line, path, message }) => `${line} ${path} ${message}`);

describe('a finding', () => {
  it('names line, pointer and problem, all of them at once and in the order of the text', () => {
    const text = TCP_CONNECT.replace('tcp-connect', 'TCP')
      .replace('call: "tcp_close"', 'cal: "tcp_close"')
      .replace('type: int', 'type: 7');
    assert.deepEqual(said(text), [
      '4 /metadata/name "TCP" is not a DNS-1123 name',
      '12 /spec/kprobes/1 the field "call" is missing',
      '12 /spec/kprobes/1/cal unknown field "cal"',
      '23 /spec/kprobes/2/args/1/type must be a string, not the number 7',
    ]);
  });

  it('comes once for each of a hundred problems, and then says how many more there are', () => {
    const kprobes = Array.from({ length: 150 }, () => ({}));
    const taken = intakeObject(smallPolicy({ spec: { kprobes } }));
    assert.equal(taken.findings.length, 101);
    assert.match(taken.findings.map(({ message }) => message).join(), /50 more problems/);
  });

  it('has no line where there was no text', () => {
    const taken = intakeObject(smallPolicy({ spec: {} }));
    assert.equal(taken.findings[0]?.line, undefined);
  });
});

describe('an invalid document', () => {
  it('still says which policy it is about, printably', () => {
    const taken = intake(TCP_CONNECT.replace('"tcp-connect"', '"a\\u001b[2Jb"'), { format: 'yaml' });
    assert.equal(taken.valid, false);
    assert.equal(taken.identity.name, 'a\ufffd[2Jb');
  });

  it('has a digest that tells it from another', () => {
    const digests = [
      {},
      { kprobes: 1 },
      { kprobes: [{ call: 'x', args: [{ index: Number.POSITIVE_INFINITY, type: 'int' }] }] },
    ].map((spec) => intakeObject(smallPolicy({ spec })).digest);
    assert.equal(new Set(digests).size, 3);
  });
});

describe('an object somebody else parsed', () => {
  it('is not changed, whatever defaults it gets', () => {
    const value = smallPolicy({ spec: { kprobes: [{ call: 'sys_dup' }] } });
    const before = structuredClone(value);
    const taken = intakeObject(value);
    assert.ok(taken.valid);
    assert.equal(taken.document.spec.kprobes?.[0]?.syscall, true);
    assert.deepEqual(value, before);
  });

  it('may be frozen, and may not hold what JSON has not', () => {
    assert.ok(intakeObject(deepFreeze(smallPolicy())).valid);
    assert.throws(() => intakeObject(smallPolicy({ spec: { kprobes: [() => 1] } })), /holds a function/);
    const endless: Record<string, unknown> = smallPolicy();
    endless.self = endless;
    assert.throws(() => intakeObject(endless), /nested too deep/);
  });

  it('is defaulted where it says null, as the API server does it', () => {
    const taken = intakeObject(
      smallPolicy({ spec: { kprobes: [{ call: 'sys_dup', syscall: null, return: null }] } }),
    );
    assert.ok(taken.valid);
    assert.equal(taken.document.spec.kprobes?.[0]?.return, false);
  });
});

describe('a near match', () => {
  it('is the name somebody meant', () => {
    const known = ['matchArgs', 'matchActions', 'matchPIDs', 'selectors'];
    assert.equal(nearest('matchAction', known), 'matchActions');
    assert.equal(nearest('matchargs', known), 'matchArgs');
    assert.equal(nearest('slectors', known), 'selectors');
    assert.equal(nearest('selectosr', known), 'selectors');
    assert.equal(nearest('kprobes', known), undefined);
    assert.equal(nearest('x'.repeat(10_000), known), undefined);
  });

  it('is followed by what there is when nothing is near', () => {
    assert.equal(suggestion('zzz', ['a', 'b']), 'use one of: a, b');
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null)
    for (const below of Object.values(value)) deepFreeze(below);
  return Object.freeze(value);
}
