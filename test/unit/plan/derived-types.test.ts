// SPDX-License-Identifier: Apache-2.0
/** Types that no policy names: what each field, and what each path leads to, is read as. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TracepointField } from '../../../src/model/facts.ts';
import type { NormalHook } from '../../../src/model/normal-policy.ts';
import { elementsOf, withTypes } from '../../../src/plan/derived-types.ts';
import { TG_RECORD, TG_TYPE } from '../../../src/plan/layout.generated.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';
import { FULL, factsOf, policyWith } from './host-facts.ts';

const field = (type: string, sizeBytes: number, more: Partial<TracepointField> = {}): TracepointField => ({
  ...{ name: 'x', type, sizeBytes, offsetBytes: 8, signed: false, dynamic: false },
  ...more,
});
const factsWith = (...fields: TracepointField[]) => ({ ...factsOf(FULL), tracepoints: { 's/e': fields } });
const policy = (args: object[], matchArgs?: object[]) =>
  policyWith({
    tracepoints: [{ subsystem: 's', event: 'e', args, ...(matchArgs && { selectors: [{ matchArgs }] }) }],
  });
const hookOf = (...said: Parameters<typeof policy>) => policy(...said).hooks[0] as NormalHook;
const planned = (read: TracepointField, matchArgs?: object[], arg: object = {}) =>
  makePlan(policy([{ index: 0, ...arg }], matchArgs), factsWith(read)).hooks[0] as HookPlan;
const typed = (...fields: TracepointField[]) => {
  const types = withTypes(hookOf(fields.map((_, index) => ({ index }))), factsWith(...fields));
  return 'reason' in types ? types.reason : types.args.map(({ type }) => type);
};
const matching = (operator: string, value: string) => [{ index: 0, operator, values: [value] }];

describe('a type that is left to the host', () => {
  it('is that of a number by width and sign', () => {
    const signed = { signed: true };
    assert.deepEqual(
      typed(field('u8', 1), field('short', 2, signed), field('pid_t', 4, signed), field('long', 8, signed)),
      ['uint8', 'int16', 'int', 'int64'],
    );
    assert.deepEqual(typed(field('size_t', 8), field('u32', 4)), ['size_t', 'uint32']);
    assert.deepEqual(typed(field('s8', 1, signed), field('u16', 2), field('u64', 8)), [
      ...['int8', 'uint16', 'uint64'],
    ]);
  });

  it('is text or bytes where the record holds them', () => {
    const dynamic = { dynamic: true };
    assert.deepEqual(
      typed(
        ...[field('__data_loc char[]', 4, dynamic), field('char[16]', 16)],
        ...[field('const char *', 8), field('unsigned long[6]', 48), field('__u8[16]', 16)],
      ),
      ['data_loc', 'string', 'string', 'const_buf', 'char_buf'],
    );
  });

  it('is that of what a pointer leads to, or of the pointer', () => {
    assert.deepEqual(typed(field('struct sock *', 8), field('const void *', 8)), ['sock', 'uint64']);
  });

  it('is none for what nothing reads', () => {
    const dynamic = { dynamic: true, name: 'list' };
    assert.equal(
      typed(field('struct pair', 16)),
      's/e on h: field 0 has 16 bytes (struct pair): name a type',
    );
    assert.equal(
      typed(field('__data_loc u32[]', 4, dynamic)),
      's/e on h: field 0 list has a dynamic length (__data_loc u32[])',
    );
  });

  it('leaves those that are named', () => {
    const hook = hookOf([{ index: 0, type: 'uint32' }]);
    assert.equal(withTypes(hook, factsWith(field('char[16]', 16))), hook);
  });

  it('is a buffer where another field says how long', () => {
    const fields = [field('u32', 4, { offsetBytes: 24 }), field('const char *', 8)];
    const sized = policy([{ index: 1, sizeArgIndex: 1 }]);
    const [plan] = makePlan(sized, factsWith(...fields)).hooks;
    const [arg] = plan?.programs[0]?.config.args ?? [];
    assert.equal(arg?.lies, TG_RECORD.TG_R_SIZED);
    assert.deepEqual(arg?.length, { offsetBytes: 24, sizeBytes: 4 });
  });

  it('of a path is that of the member', () => {
    const resolved = (type: string, sizeBytes: number) => {
      const fields = { 'tcp_connect[0] a': { offsets: [0], sizeBytes, signed: false, type } };
      const args = [{ index: 0, resolve: 'a' }];
      const asked = policyWith({ kprobes: [{ call: 'tcp_connect', syscall: false, args }] });
      const [plan] = makePlan(asked, { ...factsOf(FULL), fields }).hooks;
      return plan?.refused ?? plan?.report.args.map((arg) => arg.type);
    };
    assert.deepEqual(resolved('unsigned int', 4), ['uint32']);
    assert.deepEqual(resolved('struct path *', 0), ['path']);
    assert.deepEqual(resolved('struct odd *', 8), ['uint64']);
    assert.match(String(resolved('struct odd *', 0)), /a is `struct odd`, which nothing reads as a whole/);
  });
});

describe('a filter on a type that is left to the host', () => {
  it('is one on the type that there is', () => {
    const number = withTypes(hookOf([{ index: 0 }], matching('Equal', '0x10')), factsWith(field('u32', 4)));
    assert.ok(!('reason' in number));
    const [match] = number.selectors[0]?.matchArgs ?? [];
    assert.deepEqual([match?.type, match?.values], ['uint32', ['16']]);
  });

  it('is refused where that cannot be asked', () => {
    assert.match(
      String(planned(field('char[16]', 16), matching('GT', '5')).refused),
      /argument 0 is string here, which GT cannot look at/,
    );
    assert.match(
      String(planned(field('u8', 1), matching('Equal', 'text')).refused),
      /argument 0 is uint8 here: .*text/,
    );
    assert.match(String(planned(field('u8', 1), matching('Equal', '256')).refused), /uint8 here: .*256/);
    assert.match(
      String(planned(field('unsigned long[6]', 48), matching('Equal', 'x')).refused),
      /is const_buf here/,
    );
  });

  it('is refused at review where it is on numbers and has none', () => {
    assert.throws(() => policy([{ index: 0 }], matching('GT', 'many')), /is not a number/);
    assert.deepEqual(hookOf([{ index: 0 }], matching('GT', '0x10')).selectors[0]?.matchArgs[0]?.values, [
      '16',
    ]);
  });
});

describe('a field of a record', () => {
  it('has elements where it is an array', () => {
    assert.deepEqual(elementsOf(field('unsigned long[6]', 48)), { of: 'unsigned long', bytes: 8 });
    assert.deepEqual(elementsOf(field('const char [16]', 16)), { of: 'char', bytes: 1 });
    assert.equal(elementsOf(field('unsigned long', 8)), undefined);
  });

  it('is read where it lies', () => {
    const lies = (type: string, sizeBytes: number, dynamic: boolean) => {
      const arg = planned(field(type, sizeBytes, { dynamic })).programs[0]?.config.args[0];
      return [arg?.type, arg?.lies];
    };
    const text = TG_TYPE.TG_T_STRING_DATA_LOC;
    assert.deepEqual(lies('__data_loc char[]', 4, true), [text, TG_RECORD.TG_R_BEHIND]);
    assert.deepEqual(lies('__rel_loc char[]', 4, true), [text, TG_RECORD.TG_R_BEHIND_FIELD]);
    assert.deepEqual(lies('char[16]', 16, false), [text, TG_RECORD.TG_R_INSIDE]);
    assert.deepEqual(lies('unsigned long[6]', 48, false), [TG_TYPE.TG_T_BUF_KERNEL, TG_RECORD.TG_R_INSIDE]);
  });

  it('that is an array is its first, where a number is asked for', () => {
    const plan = planned(field('unsigned long[6]', 48), undefined, { type: 'uint64' });
    assert.equal(plan.refused, undefined);
    const { type, sizeBytes, lies } = plan.programs[0]?.config.args[0] ?? {};
    assert.deepEqual([type, sizeBytes, lies], [TG_TYPE.TG_T_U64, 8, undefined]);
  });

  it('is not read as what it is not', () => {
    const refused = (read: TracepointField, type: string) =>
      String(planned(read, undefined, { type }).refused);
    assert.match(refused(field('u32', 4), 'data_loc'), /is u32, and no data_loc/);
    assert.match(refused(field('u32', 4), 'const_buf'), /is u32, and no array/);
    assert.match(refused(field('__data_loc char[]', 4, { dynamic: true }), 'int'), /as data_loc, not as int/);
    assert.match(refused(field('unsigned long[6]', 48), 'sock'), /not sock: leave the type out/);
  });
});
