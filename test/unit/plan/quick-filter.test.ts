// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HookConfig, MatchConfig } from '../../../src/plan/hook-config.ts';
import { TG_CLASS, TG_OP, TG_QUICK, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import { quickFilter } from '../../../src/plan/quick-filter.ts';
import { draws, texts } from '../../kernel/random-policies.ts';
import { arg, config, selector, textMatch } from './configs.ts';

describe('the check of a string’s first eight bytes', () => {
  const { TG_OP_EQ, TG_OP_PREFIX, TG_OP_NE } = TG_OP;
  const direct = (op: MatchConfig['op'], values: string[], of = 0) =>
    textMatch(of, op, values, TG_CLASS.TG_C_DIRECT);

  it('is there only when every selector demands Equal or Prefix on one and the same string', () => {
    const filter = (...selectors: HookConfig['selectors']) => quickFilter(config({ selectors }));
    const equal = selector({ matches: [direct(TG_OP_EQ, ['/a'])] });
    assert.equal(filter(equal)?.pairs.length, 1);
    assert.equal(filter(equal, selector({})), undefined);
    assert.equal(filter(equal, selector({ matches: [direct(TG_OP_NE, ['/a'])] })), undefined);
    assert.equal(filter(selector({ matches: [textMatch(0, TG_OP_EQ, ['/a'])] })), undefined);
    assert.equal(filter(selector({ matches: [direct(TG_OP_EQ, texts(draws(1), 9))] })), undefined);
  });

  it('lets through whatever a selector would match', () => {
    const draw = draws(17);
    let passed = 0;
    let stopped = 0;
    for (let round = 0; round < 300; round++) {
      const pool = texts(draw, 12);
      const made = config({
        selectors: Array.from({ length: 1 + draw(3) }, () => {
          const op = draw(2) === 0 ? TG_OP_EQ : TG_OP_PREFIX;
          const values = Array.from({ length: 1 + draw(2) }, () => pool[draw(pool.length)] as string);
          const short = values.map((v) => (op === TG_OP_PREFIX ? v.slice(0, 1 + draw(12)) : v));
          return selector({ matches: [direct(op, short)] });
        }),
      });
      const filter = quickFilter(made);
      assert.ok(filter);
      for (const text of pool) {
        const first = Buffer.concat([Buffer.from(text), Buffer.alloc(8)]).readBigUInt64LE(0);
        const passes = filter.pairs.some(({ mask, value }) => (first & mask) === (value & mask));
        const matches = selectFirst(made, { values: [Buffer.from(text)], pathLike: [], pids: [] });
        assert.ok(passes || !matches, `${text} is stopped, and a selector matches it`);
        if (passes) passed++;
        else stopped++;
      }
    }
    assert.ok(passed > 100 && stopped > 100, `it does something: ${passed} passed, ${stopped} stopped`);
  });
});

describe('the check of a path’s top component', () => {
  const { TG_OP_EQ, TG_OP_PREFIX, TG_OP_POSTFIX } = TG_OP;
  const of = (op: MatchConfig['op'], values: string[], type: number = TG_TYPE.TG_T_FILE) =>
    config({
      args: [arg(type as typeof TG_TYPE.TG_T_FILE, 0)],
      selectors: [selector({ matches: [textMatch(0, op, values)] })],
    });
  const top = (path: string) => {
    const name = path.split('/')[1] ?? '';
    return name === '' ? 0n : Buffer.concat([Buffer.from(name), Buffer.alloc(8)]).readBigUInt64LE(0);
  };
  const passes = (made: HookConfig, path: string) =>
    quickFilter(made)?.pairs.some(({ mask, value }) => (top(path) & mask) === (value & mask));

  it('is of files and of paths, for Equal and Prefix', () => {
    assert.equal(quickFilter(of(TG_OP_PREFIX, ['/data/']))?.kind, TG_QUICK.TG_Q_FILE);
    assert.equal(quickFilter(of(TG_OP_EQ, ['/data'], TG_TYPE.TG_T_PATH))?.kind, TG_QUICK.TG_Q_PATH);
    assert.equal(quickFilter(of(TG_OP_POSTFIX, ['/data'])), undefined);
    assert.equal(quickFilter(of(TG_OP_PREFIX, ['/data/'], TG_TYPE.TG_T_FD)), undefined);
  });

  it('is left out when any path may match', () => {
    for (const value of ['/', '', '//x', 'data/'])
      assert.equal(quickFilter(of(TG_OP_PREFIX, ['/data/', value])), undefined, value);
  });

  it('takes a component that the prefix ends in for its beginning only', () => {
    const made = of(TG_OP_PREFIX, ['/da', '/srv/']);
    const seen = ['/data/x', '/da', '/d', '/srv', '/srv2/x', '/srv/x', '/'].map((path) => passes(made, path));
    assert.deepEqual(seen, [true, true, false, true, false, true, false]);
  });

  it('lets through whatever a selector would match', () => {
    const draw = draws(23);
    const seen = { passed: 0, stopped: 0 };
    for (let round = 0; round < 300; round++) {
      const pool = texts(draw, 12).map((text) => (text.startsWith('/') ? text : `/${text}`));
      const op = draw(2) === 0 ? TG_OP_EQ : TG_OP_PREFIX;
      const values = Array.from({ length: 1 + draw(3) }, () => pool[draw(pool.length)] as string);
      const made = of(op, op === TG_OP_PREFIX ? values.map((v) => v.slice(0, 1 + draw(12))) : values);
      if (!quickFilter(made)) continue;
      for (const path of pool) {
        const matches = selectFirst(made, { values: [Buffer.from(path)], pathLike: [true], pids: [] });
        assert.ok(passes(made, path) || !matches, `${path} is stopped, and a selector matches it`);
        seen[passes(made, path) ? 'passed' : 'stopped']++;
      }
    }
    assert.ok(seen.passed > 50 && seen.stopped > 50, JSON.stringify(seen));
  });
});
