// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { BlockList } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { networkText, parseNetwork } from '../../../src/model/networks.ts';

const text = (written: string) => {
  const network = parseNetwork(written);
  return network && networkText(network);
};

describe('a network', () => {
  it('has one spelling: host bits cleared, IPv4 in IPv6 as IPv4', () => {
    for (const [written, spelled] of [
      ['10.1.2.3', '10.1.2.3'],
      ['127.0.0.1/8', '127.0.0.0/8'],
      ['0.0.0.0/0', '0.0.0.0/0'],
      ['2001:DB8:0:0::1', '2001:db8::1'],
      ['2001:db8::ffff/33', '2001:db8::/33'],
      ['::', '::'],
      ['::/0', '::/0'],
      ['::ffff:10.1.2.3', '10.1.2.3'],
      ['::ffff:a01:203/120', '10.1.2.0/24'],
      ['::ffff:0:0/96', '0.0.0.0/0'],
      ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
    ] as const) {
      assert.equal(text(written), spelled, written);
      assert.equal(text(spelled), spelled, spelled);
    }
  });

  it('is nothing else', () => {
    for (const written of [
      '',
      'localhost',
      '10.0.0',
      '10.0.0.1/33',
      '::1/129',
      '10.0.0.1/',
      '1::2::3',
      'fe80::1%eth0',
      '10.0.0.1/8/9',
    ])
      assert.equal(parseNetwork(written), undefined, written);
  });

  it('holds the addresses that the runtime of this program says it holds', () => {
    fc.assert(
      fc.property(fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.ipV6(), (base, prefix, other) => {
        const network = parseNetwork(`${base}/${prefix}`);
        const host = parseNetwork(other);
        const list = new BlockList();
        list.addSubnet(base, prefix, 'ipv6');
        const masked = parseNetwork(`${other}/${prefix}`);
        assert.equal(host?.prefix, 128);
        assert.equal(masked?.address.equals(network?.address as Buffer), list.check(other, 'ipv6'));
      }),
    );
  });
});
