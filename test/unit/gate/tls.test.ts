// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Fault } from '../../../src/errors.ts';
import { tlsFiles } from '../../../src/gate/tls.ts';
import { freshDirectory } from '../service/gate-under-test.ts';

test('the first start makes an authority and a certificate it vouches for, for this host', async () => {
  const directory = join(freshDirectory(), 'tls');
  const { cert, caFile } = await tlsFiles(directory, {}, ['gate.example', '10.1.2.3']);
  const authority = new X509Certificate(readFileSync(caFile ?? ''));
  const certificate = new X509Certificate(cert);
  assert.ok(authority.ca && !certificate.ca);
  assert.ok(certificate.verify(authority.publicKey));
  for (const name of ['localhost', 'gate.example']) assert.equal(certificate.checkHost(name), name);
  for (const address of ['127.0.0.1', '10.1.2.3', '::1']) assert.equal(certificate.checkIP(address), address);
  assert.equal(certificate.checkHost('other.example'), undefined);
  assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
  for (const key of ['ca.key', 'server.key'])
    assert.equal(statSync(join(directory, key)).mode & 0o777, 0o600);
});

test('the next start uses what is there; a new name is a new certificate of the same authority', async () => {
  const directory = join(freshDirectory(), 'tls');
  const first = await tlsFiles(directory, {}, []);
  const second = await tlsFiles(directory, {}, []);
  assert.deepEqual(second.cert, first.cert);
  const third = await tlsFiles(directory, {}, ['new.example']);
  assert.notDeepEqual(third.cert, first.cert);
  const authority = new X509Certificate(readFileSync(first.caFile ?? ''));
  assert.ok(new X509Certificate(third.cert).verify(authority.publicKey));
});

test('a certificate brought along is used as it is, and half of one is refused', async () => {
  const directory = join(freshDirectory(), 'tls');
  await tlsFiles(directory, {}, []);
  const own = { certFile: join(directory, 'server.crt'), keyFile: join(directory, 'server.key') };
  const brought = await tlsFiles('/nowhere', own, []);
  assert.deepEqual(brought.cert, readFileSync(own.certFile));
  assert.equal(brought.caFile, undefined);
  const isConfig = (fault: Fault) => fault.code === 'config';
  await assert.rejects(tlsFiles(directory, { certFile: own.certFile }, []), isConfig);
  await assert.rejects(tlsFiles(directory, { certFile: '/none', keyFile: '/none' }, []), isConfig);
});
