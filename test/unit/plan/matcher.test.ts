// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskOf, type Network, parseNetwork } from '../../../src/model/networks.ts';
import type { FieldCode, MatchConfig, OpCode, SelectorConfig } from '../../../src/plan/hook-config.ts';
import { TG_CLASS, TG_FIELD, TG_OP } from '../../../src/plan/layout.generated.ts';
import { type ObservedCall, selectFirst } from '../../../src/plan/matcher.ts';
import { draws, raw, texts } from '../../kernel/random-policies.ts';
import { config, numberMatch, selector, textMatch } from './configs.ts';

const call = (parts: Partial<ObservedCall>): ObservedCall => ({
  values: [],
  pathLike: [],
  pids: [1],
  ...parts,
});
const matches = (match: MatchConfig, value: bigint | string | undefined): boolean => {
  const seen = typeof value === 'string' ? Buffer.from(value) : value;
  return (
    selectFirst(config({ selectors: [selector({ matches: [match] })] }), call({ values: [seen] })) !==
    undefined
  );
};
const picks = (parts: Partial<SelectorConfig>, seen: Partial<ObservedCall>): boolean =>
  selectFirst(config({ selectors: [selector(parts)] }), call(seen)) !== undefined;

describe('operators', () => {
  const draw = draws(23);
  const twins: [string, OpCode, OpCode][] = [
    ['NotEqual', TG_OP.TG_OP_NE, TG_OP.TG_OP_EQ],
    ['NotPrefix', TG_OP.TG_OP_NOTPREFIX, TG_OP.TG_OP_PREFIX],
    ['NotPostfix', TG_OP.TG_OP_NOTPOSTFIX, TG_OP.TG_OP_POSTFIX],
  ];
  for (const [name, negative, positive] of twins) {
    it(`${name} is true exactly where its twin is not`, () => {
      for (let round = 0; round < 200; round++) {
        const [text = '', ...values] = texts(draw, 4);
        assert.notEqual(
          matches(textMatch(0, negative, values), text),
          matches(textMatch(0, positive, values), text),
          `${text} ${values}`,
        );
      }
    });
  }

  it('say of text what the language of strings says', () => {
    for (let round = 0; round < 500; round++) {
      const [text = '', want = ''] = texts(draw, 2);
      assert.equal(matches(textMatch(0, TG_OP.TG_OP_EQ, [want]), text), text === want);
      assert.equal(matches(textMatch(0, TG_OP.TG_OP_PREFIX, [want]), text), text.startsWith(want));
      assert.equal(matches(textMatch(0, TG_OP.TG_OP_POSTFIX, [want]), text), text.endsWith(want));
    }
  });

  it('compare signed numbers as signed, unsigned ones as unsigned', () => {
    for (let round = 0; round < 500; round++) {
      const [a, b] = [raw(draw), raw(draw)];
      const unsigned = (op: OpCode) => numberMatch(0, op, [b], TG_CLASS.TG_C_UNSIGNED);
      const [ua, ub] = [BigInt.asUintN(64, a), BigInt.asUintN(64, b)];
      assert.equal(matches(numberMatch(0, TG_OP.TG_OP_GT, [b]), a), a > b);
      assert.equal(matches(numberMatch(0, TG_OP.TG_OP_LT, [b]), a), a < b);
      assert.equal(matches(unsigned(TG_OP.TG_OP_GT), a), ua > ub);
      assert.equal(matches(unsigned(TG_OP.TG_OP_LT), a), ua < ub);
      assert.equal(matches(unsigned(TG_OP.TG_OP_MASK), a), (ua & ub) !== 0n);
      assert.equal(matches(unsigned(TG_OP.TG_OP_EQ), a), a === b);
    }
  });

  it('take any of several values, and all of several filters', () => {
    assert.ok(matches(textMatch(0, TG_OP.TG_OP_EQ, ['x', 'y']), 'y'));
    const both = [textMatch(0, TG_OP.TG_OP_PREFIX, ['/a']), textMatch(0, TG_OP.TG_OP_POSTFIX, ['z'])];
    assert.ok(picks({ matches: both }, { values: [Buffer.from('/a/z')] }));
    assert.ok(!picks({ matches: both }, { values: [Buffer.from('/a/y')] }));
  });
});

describe('parts of an object', () => {
  const { TG_OP_RANGE, TG_OP_NOTRANGE, TG_OP_NET, TG_OP_NOTNET } = TG_OP;
  const words = (network: string) => {
    const { address, prefix } = parseNetwork(network) as Network;
    return [address, maskOf(prefix)].flatMap((b) => [b.readBigUInt64LE(0), b.readBigUInt64LE(8)]);
  };
  const asks = (op: OpCode, field: FieldCode, numbers: bigint[], part: bigint | Buffer | undefined) => {
    const matches = [{ arg: 0, op, cls: TG_CLASS.TG_C_FIELD, field, numbers, strings: [] }];
    const parts = [new Map(part === undefined ? [] : [[field, part]])];
    return picks({ matches }, { values: [undefined], parts });
  };
  const holds = (op: OpCode, networks: string[], address: string) =>
    asks(op, TG_FIELD.TG_F_DADDR, networks.flatMap(words), parseNetwork(address)?.address);

  it('lie in a range with both its ends, or in none', () => {
    for (const [port, inside] of [
      [79n, false],
      [80n, true],
      [90n, true],
      [91n, false],
      [443n, true],
    ] as const) {
      assert.equal(asks(TG_OP_RANGE, TG_FIELD.TG_F_DPORT, [80n, 90n, 443n, 443n], port), inside);
      assert.equal(asks(TG_OP_NOTRANGE, TG_FIELD.TG_F_DPORT, [80n, 90n, 443n, 443n], port), !inside);
    }
  });

  it('lie in a network of their own family, IPv4 in IPv6 in those of IPv4', () => {
    for (const [networks, address, inside] of [
      [['10.0.0.0/8'], '10.1.2.3', true],
      [['10.0.0.0/8'], '::ffff:10.1.2.3', true],
      [['10.0.0.0/8'], '11.0.0.1', false],
      [['0.0.0.0/0'], '::1', false],
      [['::/0'], '::1', true],
      [['::/0'], '10.0.0.1', false],
      [['2001:db8::/65', '192.168.0.0/16'], '192.168.255.1', true],
      [['2001:db8::/65'], '2001:db8::8000:0:0:0', false],
    ] as const) {
      assert.equal(holds(TG_OP_NET, [...networks], address), inside, `${networks} ${address}`);
      assert.equal(holds(TG_OP_NOTNET, [...networks], address), !inside, `not ${networks} ${address}`);
    }
  });

  it('that are not there match nothing, not even a negative operator', () => {
    for (const op of [TG_OP_RANGE, TG_OP_NOTRANGE, TG_OP_NET, TG_OP_NOTNET])
      assert.equal(asks(op, TG_FIELD.TG_F_SPORT, [0n, 0n, 0n, 0n], undefined), false);
  });

  it('numbers lie in ranges by their sign', () => {
    const within = (cls: typeof TG_CLASS.TG_C_SIGNED | typeof TG_CLASS.TG_C_UNSIGNED, value: bigint) =>
      matches(numberMatch(0, TG_OP_RANGE, [-5n, 5n], cls), value);
    assert.deepEqual(
      [-6n, -5n, 0n, 5n, 6n].map((n) => within(TG_CLASS.TG_C_SIGNED, n)),
      [false, true, true, true, false],
    );
    assert.equal(within(TG_CLASS.TG_C_UNSIGNED, 0n), false);
  });
});

describe('what could not be read', () => {
  it('is matched by no operator, not by a negative one either', () => {
    for (const op of Object.values(TG_OP)) {
      assert.equal(matches(textMatch(0, op, ['a']), undefined), false);
      assert.equal(matches(numberMatch(0, op, [1n]), undefined), false);
    }
  });

  it('an empty path is no path; an empty string is a string', () => {
    const seen = (pathLike: boolean) => ({ values: [Buffer.alloc(0)], pathLike: [pathLike] });
    const not = { matches: [textMatch(0, TG_OP.TG_OP_NE, ['/a'])] };
    assert.equal(picks(not, seen(true)), false);
    assert.equal(picks(not, seen(false)), true);
  });

  it('an unknown binary is in no list, and outside of none', () => {
    const { TG_OP_EQ, TG_OP_PREFIX, TG_OP_POSTFIX } = TG_OP;
    for (const op of [TG_OP_EQ, TG_OP_PREFIX, TG_OP_POSTFIX])
      for (const negated of [false, true])
        for (const binary of [undefined, Buffer.alloc(0)])
          assert.equal(
            picks({ binaries: { op, values: ['/a'], negated } }, binary === undefined ? {} : { binary }),
            false,
          );
  });
});

describe('selectors', () => {
  it('the first that matches wins, also when a later one would too', () => {
    const made = config({
      selectors: [
        selector({ index: 0, matches: [textMatch(0, TG_OP.TG_OP_EQ, ['no'])] }),
        selector({ index: 1, matches: [textMatch(0, TG_OP.TG_OP_PREFIX, ['/a'])] }),
        selector({ index: 2 }),
      ],
    });
    const pick = (text: string) => selectFirst(made, call({ values: [Buffer.from(text)] }))?.index;
    assert.deepEqual([pick('no'), pick('/a/b'), pick('else')], [0, 1, 2]);
  });

  it('without filters matches every call', () => {
    assert.ok(picks({}, { values: [undefined] }));
  });

  it('filters of the return value count only where there is one', () => {
    const returnMatches = [numberMatch(0, TG_OP.TG_OP_LT, [0n])];
    assert.ok(picks({ returnMatches }, {}));
    assert.ok(picks({ returnMatches }, { returned: -2n }));
    assert.ok(!picks({ returnMatches }, { returned: 0n }));
  });
});

describe('pids', () => {
  const pids = (parts: object) => ({
    pids: { values: [7], negated: false, namespaced: false, follow: false, ...parts },
  });
  it('are those of the process, or with followForks also of its ancestors', () => {
    assert.ok(picks(pids({}), { pids: [7, 1] }));
    assert.ok(!picks(pids({}), { pids: [8, 7] }));
    assert.ok(picks(pids({ follow: true }), { pids: [8, 7] }));
    assert.ok(!picks(pids({ follow: true }), { pids: [...Array(10).fill(8), 7] }), 'nine ancestors at most');
  });

  it('negated, with followForks, mean none of the family', () => {
    assert.ok(!picks(pids({ follow: true, negated: true }), { pids: [8, 7] }));
    assert.ok(picks(pids({ follow: true, negated: true }), { pids: [8, 9] }));
  });

  it('of a namespace that is not nested match nothing when forks are followed', () => {
    const nested = { namespaced: true, follow: true };
    for (const negated of [false, true]) assert.ok(!picks(pids({ ...nested, negated }), { pids: [0, 7] }));
  });
});
