// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { letsAllPass } from '../../../src/model/language/vacuous.ts';
import type { Operator } from '../../../src/model/normal-policy.ts';

type Row = [Operator, string, ...string[]];

const ALL: Row[] = [
  ['InRange', 'uint32', '0:4294967295'],
  ['InRange', 'int', '-5:2147483647'],
  ['InRange', 'int', '43:2147483647', '0:41'],
  ['InRange', 'uint32', '0:9', '10:4294967295'],
  ['InRange', 'uint32', '5:4294967295', '0:10'],
  ['DPort', 'sock', '1:65535'],
  ['SPort', 'sock', '1024:65535', '1:1023'],
  ['DAddr', 'sock', '0.0.0.0/0'],
  ['DAddr', 'sock', '::/0'],
  ['SAddr', 'sock', '::/1'],
  ['DAddr', 'sock', '128.0.0.0/1', '0.0.0.0/1'],
  ['DAddr', 'sock', '0.0.0.0/2', '128.0.0.0/1', '64.0.0.0/2'],
  ['DAddr', 'sock', '8000::/1', '::/1'],
  ['DAddr', 'sock', '8000::/1', '0.0.0.0/1', '128.0.0.0/1'],
  ['InRange', 'uint64', '0:9223372036854775807'],
  ['Family', 'sockaddr', '0:100'],
  ['Family', 'sock', 'AF_NETLINK', 'AF_INET6', 'AF_INET', 'AF_UNIX'],
  ['Protocol', 'sock', '0:255'],
  ['State', 'sock', '1:12'],
  ['FileType', 'file', 'reg', 'dir', 'lnk', 'chr', 'fifo', 'sock'],
  ['Mask', 'uint32', '4294967295'],
  ['Mask', 'int', '2147483647'],
  ['Mask', 'int', '-1'],
  ['Mask', 'uint64', '4294967295'],
  ['Mask', 'uint8', '240', '15'],
];

const SOME: Row[] = [
  ['InRange', 'uint64', '0:9223372036854775806'],
  ['Family', 'sock', 'AF_INET', 'AF_INET6'],
  ['Family', 'sock', '2:16'],
  ['Protocol', 'sock', 'IPPROTO_TCP', 'IPPROTO_UDP'],
  ['State', 'sock', 'TCP_LISTEN'],
  ['FileType', 'file', 'reg', 'dir'],
  ['InRange', 'uint32', '0:4294967294'],
  ['InRange', 'uint32', '1:4294967295'],
  ['InRange', 'uint32', '0:100', '200:4294967295'],
  ['InRange', 'uint8', '0:9', '20:255'],
  ['DPort', 'sock', '2:65535'],
  ['DPort', 'sock', '1:1023'],
  ['DAddr', 'sock', '0.0.0.0/1'],
  ['DAddr', 'sock', '0.0.0.0/2', '128.0.0.0/1'],
  ['DAddr', 'sock', '8000::/1'],
  ['DAddr', 'sock', '10.0.0.0/8', '10.0.0.0/9'],
  ['Mask', 'uint32', '2147483647'],
  ['Mask', 'uint32', '0'],
  ['Equal', 'int', '0'],
  ['NotDAddr', 'sock', '0.0.0.0/0'],
  ['Prefix', 'string', '/'],
];

describe('values that let everything pass, all together', () => {
  for (const [operator, type, ...values] of ALL)
    it(`${operator} ${values.join(' ')} of ${type}`, () =>
      assert.equal(letsAllPass(type, operator, values), true));
});

describe('values that tell some from others', () => {
  for (const [operator, type, ...values] of SOME)
    it(`${operator} ${values.join(' ')} of ${type}`, () =>
      assert.equal(letsAllPass(type, operator, values), false));
});
