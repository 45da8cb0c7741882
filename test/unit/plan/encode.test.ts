// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { encodeHookConfig, needsText } from '../../../src/plan/encode.ts';
import { paramsUsed } from '../../../src/plan/encode-values.ts';
import type { HookConfig, MatchConfig } from '../../../src/plan/hook-config.ts';
import { STRUCTS, TG_CLASS, TG_OP, TG_SOURCE, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { arg, config, numberMatch, selector, textMatch } from './configs.ts';

const IDS = { hookId: 0x11223344, policySlot: 7, generation: 9 };
const CONFIG = STRUCTS.tg_hook_config.fields;

function number(bytes: Buffer, at: number, field: { offset: number; size: number; signed: boolean }): number {
  return field.signed
    ? bytes.readIntLE(at + field.offset, field.size)
    : bytes.readUIntLE(at + field.offset, field.size);
}

type Name = keyof typeof STRUCTS;
/** A structure read back by the generated layout alone. */
function read(bytes: Buffer, struct: Name, at: number): Record<string, number> {
  const fields = STRUCTS[struct].fields as Record<
    string,
    { offset: number; size: number; count: number; signed: boolean }
  >;
  return Object.fromEntries(
    Object.entries(fields)
      .filter(([, f]) => f.count === 1 && f.size <= 4)
      .map(([name, f]) => [name, number(bytes, at, f)]),
  );
}
const element = (name: 'args' | 'selectors' | 'matches' | 'strings' | 'words' | 'numbers', i: number) =>
  CONFIG[name].offset + i * CONFIG[name].size;
const wordText = (bytes: Buffer, s: Record<string, number>) =>
  bytes.toString('utf8', element('words', s.word ?? -1), element('words', s.word ?? -1) + (s.len ?? 0));

describe('the bytes of a configuration', () => {
  const full = config({
    args: [arg(TG_TYPE.TG_T_FILENAME, 0), arg(TG_TYPE.TG_T_S64, 2)],
    syscallNumber: 266,
    selectors: [
      selector({ matches: [textMatch(0, TG_OP.TG_OP_POSTFIX, ['/a', 'exactly-eight-and-more'])] }),
      selector({
        ...{ index: 1, post: false, error: -13, signal: 9, paired: true },
        matches: [numberMatch(1, TG_OP.TG_OP_LT, [-5n, 7n])],
        returnMatches: [numberMatch(0, TG_OP.TG_OP_EQ, [-1n])],
        pids: { values: [1, 4_194_304], negated: true, namespaced: true, follow: true },
        binaries: { op: TG_OP.TG_OP_POSTFIX, values: ['/usr/bin/é'], negated: true },
      }),
    ],
  });
  const bytes = encodeHookConfig(full, IDS);

  it('are as many as the structure has', () => {
    assert.equal(bytes.length, STRUCTS.tg_hook_config.size);
  });

  it('carry the ids and what the whole hook needs', () => {
    const head = read(bytes, 'tg_hook_config', 0);
    assert.deepEqual(
      [head.hook_id, head.policy_slot, head.generation, head.syscall_nr, head.nargs, head.nselectors],
      [0x11223344, 7, 9, 266, 2, 2],
    );
    assert.deepEqual([head.needs_text, head.needs_exe, head.params_used, head.quick_count], [1, 1, 0b101, 0]);
  });

  it('carry the seed of its load', () => {
    const limitSeed = Buffer.from('0123456789abcdef');
    const { offset } = CONFIG.limit_seed;
    const bytes = encodeHookConfig(full, { ...IDS, limitSeed });
    assert.deepEqual(bytes.subarray(offset, offset + limitSeed.length), limitSeed);
  });

  it('carry every part of a selector, found through its own indexes', () => {
    const s = read(bytes, 'tg_selector', element('selectors', 1));
    assert.deepEqual([s.index, s.post, s.error, s.signal, s.paired], [1, 0, -13, 9, 1]);
    assert.deepEqual([s.pid_count, s.pid_negated, s.pid_namespaced, s.pid_follow], [2, 1, 1, 1]);
    const pid = (i: number) => bytes.readBigInt64LE(element('numbers', (s.pid_first ?? -1) + i));
    assert.deepEqual([pid(0), pid(1)], [1n, 4_194_304n]);
    const binary = read(bytes, 'tg_string', element('strings', s.bin_first ?? -1));
    assert.equal(wordText(bytes, binary), '/usr/bin/é');
    const match = read(bytes, 'tg_match', element('matches', s.match_first ?? -1));
    assert.deepEqual(
      [match.arg, match.op, match.cls, match.count],
      [1, TG_OP.TG_OP_LT, TG_CLASS.TG_C_SIGNED, 2],
    );
    assert.equal(bytes.readBigInt64LE(element('numbers', match.first ?? -1)), -5n);
    const returned = read(bytes, 'tg_match', element('matches', s.ret_first ?? -1));
    assert.equal(bytes.readBigInt64LE(element('numbers', returned.first ?? -1)), -1n);
  });

  it('end every text with a NUL of its own, on word borders', () => {
    const s = read(bytes, 'tg_selector', element('selectors', 0));
    const match = read(bytes, 'tg_match', element('matches', s.match_first ?? -1));
    for (const [i, text] of ['/a', 'exactly-eight-and-more'].entries()) {
      const string = read(bytes, 'tg_string', element('strings', (match.first ?? -1) + i));
      assert.equal(wordText(bytes, string), text);
      assert.equal(bytes[element('words', string.word ?? -1) + text.length], 0);
    }
  });

  it('say how many words the longest text takes, behind which no comparison is followed', () => {
    assert.equal(
      read(bytes, 'tg_hook_config', 0).text_words,
      Math.ceil('exactly-eight-and-more\0'.length / 8),
    );
  });

  it('keep the 64 bits of an unsigned number', () => {
    const big = config({
      args: [arg(TG_TYPE.TG_T_U64, 0)],
      selectors: [
        selector({
          matches: [{ ...numberMatch(0, TG_OP.TG_OP_EQ, [2n ** 64n - 1n]), cls: TG_CLASS.TG_C_UNSIGNED }],
        }),
      ],
    });
    assert.equal(encodeHookConfig(big, IDS).readBigUInt64LE(element('numbers', 0)), 2n ** 64n - 1n);
  });
});

describe('what does not fit into a program', () => {
  const many = (count: number, length: number) =>
    Array.from({ length: count }, (_, i) => `${i}`.padEnd(length, 'x'));
  const withMatches = (...matches: MatchConfig[]) => config({ selectors: [selector({ matches })] });
  const texted = (values: string[]) => textMatch(0, TG_OP.TG_OP_EQ, values);
  const of = (count: number) => Array.from({ length: count }, () => texted(['a']));
  for (const [what, made] of [
    ['strings', withMatches(texted(many(CONFIG.strings.count + 1, 4)))],
    ['words', withMatches(texted(many(70, 255)))],
    [
      'numbers',
      withMatches(
        numberMatch(
          0,
          TG_OP.TG_OP_EQ,
          Array.from({ length: CONFIG.numbers.count + 1 }, () => 1n),
        ),
      ),
    ],
    ['matches', withMatches(...of(CONFIG.matches.count + 1))],
    [
      'selectors',
      config({ selectors: Array.from({ length: CONFIG.selectors.count + 1 }, () => selector({})) }),
    ],
    ['args', config({ args: Array.from({ length: CONFIG.args.count + 1 }, () => arg(TG_TYPE.TG_T_S32, 0)) })],
  ] as const) {
    it(`is refused, naming the ${what}`, () => {
      assert.throws(
        () => encodeHookConfig(made, IDS),
        (thrown) =>
          thrown instanceof Fault &&
          thrown.code === 'invalid' &&
          thrown.message.includes(`more ${what} than`),
      );
    });
  }

  it('the fullest list the language allows does fit', () => {
    encodeHookConfig(withMatches(texted(many(64, 255))), IDS);
  });
});

describe('what the programs are told to read', () => {
  it('is text only where text is copied out', () => {
    const direct = config({
      selectors: [selector({ matches: [textMatch(0, TG_OP.TG_OP_EQ, ['a'], TG_CLASS.TG_C_DIRECT)] })],
    });
    assert.equal(needsText(direct), false);
    assert.equal(
      needsText(
        config({
          selectors: [selector({ binaries: { op: TG_OP.TG_OP_EQ, values: ['/a'], negated: false } })],
        }),
      ),
      true,
    );
  });

  it('is every parameter an argument or its size lies in', () => {
    assert.equal(paramsUsed(config({ args: [{ ...arg(TG_TYPE.TG_T_BUF_USER, 1), sizeParam: 3 }] })), 0b110);
  });
});

describe('the check of the first eight bytes', () => {
  it('is left out where arguments are not the function’s own', () => {
    const equal = textMatch(0, TG_OP.TG_OP_EQ, ['/a'], TG_CLASS.TG_C_DIRECT);
    const selectors = [selector({ matches: [equal] })];
    const count = (source: HookConfig['source']) =>
      read(encodeHookConfig(config({ selectors, source }), IDS), 'tg_hook_config', 0).quick_count;
    assert.deepEqual([count(TG_SOURCE.TG_SRC_ARGS), count(TG_SOURCE.TG_SRC_SYSCALL_REGS)], [1, 0]);
  });
});
