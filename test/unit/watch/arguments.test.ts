// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ipv6Text } from '../../../src/model/networks.ts';
import { permissionText, showArgument, showReturn } from '../../../src/watch/arguments.ts';
import type { RecordValue } from '../../../src/watch/records.ts';
import { draws } from '../../kernel/random-policies.ts';
import { sockBytes } from './kernel-records.ts';

const value = (parts: Partial<RecordValue>): RecordValue => ({
  ...{ type: 0, status: 0, number: 0n, bytes: Buffer.alloc(0) },
  ...parts,
});

describe('IPv6 addresses', () => {
  /** The URL parser writes an address in its one canonical form. */
  const canonical = (text: string) => new URL(`http://[${text}]/`).hostname.slice(1, -1);
  const spelled = (bytes: Buffer) => (bytes.toString('hex').match(/..../g) ?? []).join(':');

  it('are written in the canonical form, whatever their zeros', () => {
    const draw = draws(41);
    for (let round = 0; round < 3000; round++) {
      const bytes = Buffer.alloc(16);
      for (let group = 0; group < 8; group++)
        if (draw(3) > 0) bytes.writeUInt16BE(draw(2) === 0 ? draw(16) : draw(65536), group * 2);
      assert.equal(ipv6Text(bytes), canonical(spelled(bytes)));
    }
  });

  for (const text of ['::', '::1', '1::', '2001:db8::1', '1:0:0:2::3', '1:0:2:3:4:5:6:7', 'fe80::1:0:0:1'])
    it(text, () => {
      const [head = '', tail] = text.split('::');
      const groups = (part: string | undefined) => (part ? part.split(':') : []);
      const zeros = Array(8 - groups(head).length - groups(tail).length).fill('0');
      const all = tail === undefined ? groups(head) : [...groups(head), ...zeros, ...groups(tail)];
      const bytes = Buffer.from(all.map((g) => g.padStart(4, '0')).join(''), 'hex');
      assert.equal(ipv6Text(bytes), text);
    });
});

describe('permissions', () => {
  for (const [mode, text] of [
    [0o100644, '-rw-r--r--'],
    [0o040755, 'drwxr-xr-x'],
    [0o120777, 'lrwxrwxrwx'],
    [0o020620, 'crw--w----'],
    [0o140000, 's---------'],
    [0o000001, '?--------x'],
  ] as const)
    it(`${mode.toString(8)} is ${text}`, () => assert.equal(permissionText(mode), text));
});

describe('an argument in the words of the export', () => {
  // biome-ignore format: a table is read in rows
  const TABLE: [string, Partial<RecordValue>, Record<string, unknown>][] = [
    ['int', { number: 2n ** 64n - 100n }, { int_arg: -100 }],
    ['int8', { number: 2n ** 64n - 1n }, { int_arg: -1 }],
    ['uint32', { number: 2n ** 32n - 1n }, { uint_arg: 4294967295 }],
    ['uint64', { number: 2n ** 64n - 1n }, { size_arg: '18446744073709551615' }],
    ['size_t', { number: 17n }, { size_arg: '17' }],
    ['int64', { number: 2n ** 63n }, { long_arg: '-9223372036854775808' }],
    ['string', { bytes: Buffer.from('/etc') }, { string_arg: '/etc' }],
    ['string', { bytes: Buffer.alloc(0) }, { string_arg: '' }],
    ['string', { status: 1 }, { error_arg: { Message: 'Bad address for basic type' } }],
    [
      'int',
      { status: 18 },
      { error_arg: { Message: 'Bad address encountered during resolve dereference at depth 2' } },
    ],
    ['file', { number: 0o100640n << 32n, bytes: Buffer.from('/data/x') }, { file_arg: { path: '/data/x', permission: '-rw-r-----' } }],
    ['path', { status: 2, bytes: Buffer.from('/x') }, { path_arg: { path: '/x', flags: 'unresolvedPathComponents' } }],
    ['char_buf', { number: 3n, bytes: Buffer.from([0, 1, 255]) }, { bytes_arg: 'AAH/' }],
    ['char_buf', { number: 9000n, bytes: Buffer.from('ab') }, { truncated_bytes_arg: { bytes_arg: 'YWI=', orig_size: '9000' } }],
  ];
  for (const [type, parts, shown] of TABLE)
    it(`${type}: ${JSON.stringify(shown)}`, () => assert.deepEqual(showArgument(type, value(parts)), shown));

  it('carries its label', () => {
    assert.deepEqual(showArgument('int', value({ number: 1n }), 'flags'), { int_arg: 1, label: 'flags' });
  });

  it('a return value is read by its type', () => {
    assert.deepEqual(showReturn('int', -13n), { int_arg: -13 });
    assert.deepEqual(showReturn('size_t', -1n), { size_arg: '18446744073709551615' });
  });

  it('a packet: the ends its headers name', () => {
    const ends = [Buffer.from([10, 0, 0, 1]), Buffer.from([10, 0, 0, 2])] as const;
    const bytes = sockBytes(
      { family: 2, protocol: 17, sport: 53, dport: 4000, cookie: (84n << 32n) | 7n },
      ...ends,
    );
    assert.deepEqual(showArgument('skb', value({ bytes })).skb_arg, {
      ...{ hash: 7, len: 84, saddr: '10.0.0.1', daddr: '10.0.0.2', sport: 53, dport: 4000 },
      ...{ proto: 17, protocol: 'IPPROTO_UDP', family: 'AF_INET' },
    });
  });

  it('a socket: names where there are names, numbers elsewhere, zeros left out', () => {
    const ends = [Buffer.from([127, 0, 0, 1]), Buffer.from([10, 0, 0, 2])] as const;
    const known = sockBytes({ family: 2, type: 1, protocol: 6, state: 1, sport: 5000, dport: 443 }, ...ends);
    assert.deepEqual(showArgument('sock', value({ bytes: known })).sock_arg, {
      ...{ family: 'AF_INET', type: 'SOCK_STREAM', protocol: 'IPPROTO_TCP', state: 'TCP_ESTABLISHED' },
      ...{ saddr: '127.0.0.1', daddr: '10.0.0.2', sport: 5000, dport: 443, cookie: '0' },
    });
    const odd = sockBytes({ family: 99, type: 77, protocol: 200, state: 55 }, ...ends);
    assert.deepEqual(showArgument('sock', value({ bytes: odd })).sock_arg, {
      ...{ family: '99', type: '77', protocol: '200', state: '55', cookie: '0' },
    });
  });
});
