// SPDX-License-Identifier: Apache-2.0
/** Archives and their signatures: what opa signs we take, what we sign opa takes, and nothing else passes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  archiveEntries,
  openRuleset,
  packBundle,
  readBundle,
  SHIPPED_BUNDLE,
  SIGNATURES_FILE,
  signatureFor,
  type Trust,
  unpackBundle,
} from '../../../src/guardrails/index.ts';
import { readTarGz, writeTarGz } from '../../../src/guardrails/tar.ts';
import { keyPair, signedArchive, variant } from '../../fixtures/bundles.ts';
import { neededOpa } from '../../rules/needed-opa.ts';

const { opa, skip } = neededOpa();
const root = mkdtempSync(join(tmpdir(), 'tracegate-bundles-'));
after(() => rmSync(root, { recursive: true }));
const files = variant('signed', {
  'data.json': Buffer.from('{"ä\u2028": {"b": 1.50, "a": [1e3, -0, null, "<&>\\u007f"]}, "Z": true}'),
});
const [rsa, ec, ed] = [keyPair('rsa'), keyPair('ec'), keyPair()];

describe('signed bundles', () => {
  for (const [name, pair] of Object.entries({ RS256: rsa, ES256: ec, EdDSA: ed })) {
    it(`are taken with the right key: ${name}`, () => {
      const archive = signedArchive(files, { privateKey: pair.privateKey, keyId: 'k1', scope: 'write' });
      const trust: Trust = { publicKey: pair.publicKey, keyId: 'k1', scope: 'write' };
      assert.deepEqual(unpackBundle(archive, trust)['manifest.json'], files['manifest.json']);
      const wrong: [Trust | undefined, RegExp][] = [
        [{ publicKey: keyPair().publicKey }, /signature/],
        [{ ...trust, publicKey: (pair === rsa ? ec : rsa).publicKey }, /our key is for/],
        [{ ...trust, keyId: 'k2' }, /names the key "k1", not "k2"/],
        [{ ...trust, scope: 'read' }, /scope "write", not "read"/],
        [{ publicKey: pair.publicKey, keyId: 'k1' }, /scope "write", not none/],
        [undefined, /no key to check that with/],
      ];
      for (const [other, because] of wrong) assert.throws(() => unpackBundle(archive, other), because);
      assert.ok(unpackBundle(archive, 'unchecked'));
    });
  }

  it('are refused with a file changed, added, taken away or renamed after signing', () => {
    const trust = { publicKey: ed.publicKey };
    const entries = archiveEntries(files);
    const signature = signatureFor(entries, { privateKey: ed.privateKey });
    const packed = (change: (all: Map<string, Uint8Array>) => void) => {
      const all = new Map<string, Uint8Array>([...entries, [SIGNATURES_FILE, signature]]);
      change(all);
      return writeTarGz(all);
    };
    assert.ok(
      unpackBundle(
        packed(() => {}),
        trust,
      ),
    );
    // of data the meaning is signed, not the spelling
    const spelt = Buffer.from(Buffer.from(files['data.json']).toString().replaceAll(': ', ':'));
    assert.ok(
      unpackBundle(
        packed((all) => all.set('data.json', spelt)),
        trust,
      ),
    );
    const cases: [(all: Map<string, Uint8Array>) => void, RegExp][] = [
      [(all) => all.set('data.json', Buffer.from('{}')), /data\.json is not what was signed/],
      [(all) => all.set('policy.wasm', Buffer.from('x')), /policy\.wasm is not what was signed/],
      [(all) => all.set('extra.rego', Buffer.from('package x')), /extra\.rego is not in its signature/],
      [(all) => all.delete('catalogue.json'), /catalogue\.json was signed and is not there/],
      [(all) => all.delete(SIGNATURES_FILE), /not signed/],
      [(all) => all.set(SIGNATURES_FILE, Buffer.from('{"signatures": []}')), /not one token/],
      [(all) => all.set(SIGNATURES_FILE, Buffer.from('{"signatures": ["a", "b"]}')), /not one token/],
      [(all) => all.set(SIGNATURES_FILE, Buffer.from('[]')), /not one token/],
    ];
    for (const [change, because] of cases) assert.throws(() => unpackBundle(packed(change), trust), because);
  });

  it('do not let the token choose how it is checked', () => {
    const { signatures } = JSON.parse(
      signatureFor(archiveEntries(files), { privateKey: rsa.privateKey }).toString(),
    ) as { signatures: [string] };
    const [, payload, signature] = signatures[0].split('.');
    for (const alg of ['none', 'HS256', 'RS512']) {
      const header = Buffer.from(JSON.stringify({ alg })).toString('base64url');
      const token = JSON.stringify({ signatures: [`${header}.${payload}.${signature}`] });
      const archive = packBundle(files, new Map([[SIGNATURES_FILE, Buffer.from(token)]]));
      assert.throws(() => unpackBundle(archive, { publicKey: rsa.publicKey }), /our key is for RS256/);
    }
  });
});

describe('opa and we', { skip }, () => {
  const run = (args: string[], cwd = root) => {
    const ran = spawnSync(opa, args, { cwd, encoding: 'utf8' });
    return { ok: ran.status === 0, text: `${ran.stdout}${ran.stderr}` };
  };

  it('take what opa signed', () => {
    for (const [alg, pair] of Object.entries({ RS256: rsa, ES256: ec })) {
      const folder = join(root, `by-opa-${alg}`);
      mkdirSync(folder);
      for (const [name, bytes] of archiveEntries(files)) writeFileSync(join(folder, name), bytes);
      const pem = pair.privateKey.export({ type: 'pkcs8', format: 'pem' });
      writeFileSync(join(root, `${alg}.pem`), pem);
      const signing = ['--signing-alg', alg, '--signing-key', join(root, `${alg}.pem`)];
      const signed = run(['sign', '--bundle', ...signing, '.'], folder);
      assert.ok(signed.ok, signed.text);
      assert.ok(readBundle(folder, { publicKey: pair.publicKey }));
      writeFileSync(join(folder, 'data.json'), '{}');
      assert.throws(() => readBundle(folder, { publicKey: pair.publicKey }), /not what was signed/);
    }
  });

  it('sign what opa takes', () => {
    for (const [alg, pair] of Object.entries({ RS256: rsa, ES256: ec })) {
      writeFileSync(
        join(root, 'ours.tar.gz'),
        signedArchive(files, { privateKey: pair.privateKey, keyId: 'k' }),
      );
      writeFileSync(join(root, 'k.pem'), pair.pem);
      const check = (key: string) =>
        run([
          'build',
          '-b',
          'ours.tar.gz',
          '--verification-key',
          key,
          '--verification-key-id',
          'k',
          '--signing-alg',
          alg,
          '-o',
          'out.tar.gz',
        ]);
      const good = check('k.pem');
      assert.ok(good.ok, good.text);
      writeFileSync(join(root, 'other.pem'), keyPair(alg === 'RS256' ? 'rsa' : 'ec').pem);
      assert.ok(!check('other.pem').ok);
    }
  });

  it('read the same manifest', () => {
    writeFileSync(join(root, 'plain.tar.gz'), packBundle(readBundle(SHIPPED_BUNDLE)));
    const { ok, text } = run(['inspect', '-f', 'json', 'plain.tar.gz']);
    assert.ok(ok, text);
    const { revision } = openRuleset({ bundleDir: join(root, 'plain.tar.gz') });
    assert.match(text, new RegExp(revision));
  });
});

describe('archives', () => {
  const text = (content: string) => Buffer.from(content);
  it('come back as they were written, and the same bytes each time', () => {
    const entries = new Map([
      ['a', text('1')],
      ['b/c', text('x'.repeat(513))],
      ['empty', text('')],
    ]);
    assert.deepEqual(readTarGz(writeTarGz(entries)), entries);
    assert.deepEqual(writeTarGz(entries), writeTarGz(entries));
  });

  it('are refused when they are cut off, damaged, hostile or bombs', () => {
    const whole = packBundle(readBundle(SHIPPED_BUNDLE));
    for (const length of [0, 1, 20, 1000, whole.length >> 1, whole.length - 1])
      assert.throws(() => unpackBundle(whole.subarray(0, length)), /archive cannot be read/);
    const names = ['../up', 'a/../b', '/', 'a//b'];
    for (const name of names)
      assert.throws(() => readTarGz(writeTarGz([[name, text('x')]])), /holds a file named/);
    assert.throws(
      () =>
        readTarGz(
          writeTarGz([
            ['a', text('1')],
            ['./a', text('2')],
          ]),
        ),
      /a is in it twice/,
    );
    assert.throws(() => readTarGz(gzipSync(Buffer.alloc(80 * 1024 * 1024))), /larger than|Cannot create/i);
    const link = gunzipSync(writeTarGz([['a', text('')]]));
    link.write('2', 156);
    link.write((Number.parseInt(link.toString('latin1', 148, 154), 8) + 2).toString(8).padStart(6, '0'), 148);
    assert.throws(() => readTarGz(gzipSync(link)), /a is no regular file/);
  });
});

describe('an OCI layout', () => {
  const layout = join(root, 'layout');
  const put = (bytes: Buffer): string => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
    writeFileSync(join(layout, 'blobs/sha256', hex), bytes);
    return `sha256:${hex}`;
  };
  const image = (archive: Buffer): string => {
    const layers = [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: put(archive) }];
    return put(Buffer.from(JSON.stringify({ schemaVersion: 2, layers })));
  };
  const tagged = (tag: string, digest: string) => ({
    digest,
    annotations: { 'org.opencontainers.image.ref.name': tag },
  });
  const index = (...manifests: object[]) => {
    writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion": "1.0.0"}');
    writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  };

  it('is a place for a bundle, by its tag', () => {
    const [one, two] = ['one', 'two'].map((name) => image(packBundle(variant(name)))) as [string, string];
    index(tagged('1', one), tagged('2', two));
    assert.equal(openRuleset({ bundleDir: `oci:${layout}:2` }).revision, 'two');
    assert.throws(() => readBundle(`oci:${layout}`), /2 images \(1, 2\): name one/);
    assert.throws(() => readBundle(`oci:${layout}:3`), /0 images tagged 3; there are 1, 2/);
    index(tagged('1', one));
    assert.equal(openRuleset({ bundleDir: `oci:${layout}` }).revision, 'one');
    assert.throws(() => readBundle(`oci:${root}`), /is no OCI layout/);
  });

  it('is refused when a blob is not what its name says', () => {
    const digest = image(packBundle(variant('one')));
    index({ digest });
    writeFileSync(join(layout, 'blobs/sha256', digest.slice(7)), '{"layers": []}');
    assert.throws(() => readBundle(`oci:${layout}`), /other content than its name says/);
    index({ digest: 'sha256:../../../etc/passwd' });
    assert.throws(() => readBundle(`oci:${layout}`), /not by a SHA-256/);
  });
});
