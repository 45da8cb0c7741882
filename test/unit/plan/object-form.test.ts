// SPDX-License-Identifier: Apache-2.0
/** The rows by which a call is decided on the file itself: each fits into programs, and the language knows all of them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { HostFacts } from '../../../src/model/facts.ts';
import { OBJECT_ARGUMENTS } from '../../../src/model/language/object-form.ts';
import type { NormalPolicy } from '../../../src/model/normal-policy.ts';
import { encodeHookConfig } from '../../../src/plan/encode.ts';
import type { HookConfig } from '../../../src/plan/hook-config.ts';
import { STRUCTS, TG_QUICK } from '../../../src/plan/layout.generated.ts';
import { isObject, OBJECT_ROWS } from '../../../src/plan/lowering-objects.ts';
import { makePlan } from '../../../src/plan/make-plan.ts';
import { selectFirst } from '../../../src/plan/matcher.ts';
import type { HookPlan } from '../../../src/plan/plan.ts';
import { symbolsOf } from '../../../src/plan/symbols.ts';
import { FULL, factsOf, type HookSpec, policyOf } from './host-facts.ts';

const OVERRIDE = { action: 'Override', argError: -1 };
const ids = { hookId: 1, policySlot: 1, generation: 1 };

interface Host {
  without?: string[];
  files?: HostFacts['files'];
}

function planned(hook: HookSpec, { without = [], files = {} }: Host = {}): HookPlan {
  const written = policyOf({ syscall: true, action: OVERRIDE, ...hook });
  const policy: NormalPolicy = { ...written, hooks: written.hooks.map((h) => ({ ...h, object: true })) };
  const prototype = { params: [], returns: 'int', btfId: 7 };
  const names = symbolsOf(policy).functions.map((n) => [n, without.includes(n) ? null : prototype]);
  const facts = { ...factsOf(FULL), functions: Object.fromEntries(names), files };
  return makePlan(policy, facts).hooks[0] as HookPlan;
}

const named = (index: number, ...values: string[]) => [{ index, operator: 'Equal', values }];
const text = (index: number) => ({ index, type: 'string' });
const OPEN = [{ index: 0, type: 'int' }, text(1), { index: 2, type: 'int' }, { index: 3, type: 'int' }];

describe('a row of objects', () => {
  for (const [i, row] of OBJECT_ROWS.entries()) {
    const { args } = row.capture;
    const object = Number(Object.keys(args).find((index) => isObject(args[Number(index)])));
    it(`${row.syscall} by ${row.capture.function} (${i}) is denied before its effect, by programs that fit`, () => {
      const all = Object.entries(args).map(([index, { as }]) => ({
        index: Number(index),
        type: isObject({ as } as never) || as === 'string' ? 'string' : 'int',
      }));
      const plan = planned({ call: row.syscall, args: all, match: named(object, '/etc/shadow') });
      assert.deepEqual(
        [plan.refused, plan.guarantee, plan.form],
        [undefined, 'denied-before-effect', 'object'],
      );
      assert.ok(plan.mechanism.includes(row.capture.function), plan.mechanism);
      for (const { config } of plan.programs) {
        const bytes = encodeHookConfig(config, ids);
        assert.equal(bytes.readUInt8(STRUCTS.tg_hook_config.fields.canonical.offset), 1);
      }
    });
  }

  it('is known to the language, argument by argument', () => {
    const rows: Record<string, number[]> = {};
    for (const { syscall, capture } of OBJECT_ROWS)
      rows[syscall] = Object.keys(capture.args)
        .map(Number)
        .filter((index) => isObject(capture.args[index]));
    assert.deepEqual(rows, OBJECT_ARGUMENTS);
  });
});

describe('a plan on the file itself', () => {
  it('looks first at the top folder of an entry, by the parameter that holds it', () => {
    const { programs } = planned({ call: 'sys_link', args: [text(0)], match: named(0, '/data/secret') });
    const f = STRUCTS.tg_hook_config.fields;
    for (const { config } of programs) {
      const bytes = encodeHookConfig(config, ids);
      const read = [f.quick_kind, f.quick_param, f.quick_entry].map(({ offset }) => bytes.readUInt8(offset));
      assert.deepEqual(read, [TG_QUICK.TG_Q_CHILD, 1, 0]);
    }
  });

  it('asks for the paths it names, and takes what they lead to, but for the entry of a folder', () => {
    const files = {
      '/bin/su': { entry: '/usr/bin/su', target: '/usr/lib/su' },
      '/var/run': { entry: '/run', target: '/run' },
    };
    const strings = ({ programs }: HookPlan) => programs[0]?.config.selectors[0]?.matches[0]?.strings;
    const run = planned({ call: 'sys_execve', args: [text(0)], match: named(0, '/bin/su') }, { files });
    assert.deepEqual(strings(run), ['/bin/su', '/usr/bin/su', '/usr/lib/su']);
    const gone = planned({ call: 'sys_unlink', args: [text(0)], match: named(0, '/bin/su') }, { files });
    assert.deepEqual(strings(gone), ['/bin/su', '/usr/bin/su']);
    const match = [{ index: 0, operator: 'Prefix', values: ['/var/run/x', '/bin/'] }];
    const spec = { call: 'sys_unlink', args: [text(0)], match };
    assert.deepEqual(strings(planned(spec, { files })), ['/var/run/x', '/run/x', '/bin/']);
    const asked = policyOf({ syscall: true, ...spec });
    const object = { ...asked, hooks: asked.hooks.map((h) => ({ ...h, object: true as const })) };
    assert.deepEqual(symbolsOf(object).files, ['/bin', '/var/run', '/var/run/x']);
    assert.deepEqual(symbolsOf(asked).files, []);
  });

  for (const operator of ['Prefix', 'NotPrefix'])
    it(`takes what the end of a beginning itself leads to, too (${operator})`, () => {
      const files = {
        '/': { entry: '/', target: '/' },
        '/bin': { entry: '/bin', target: '/usr/bin' },
        '/lib': { entry: '/lib', target: '/lib' },
        '/var': { entry: '/var', target: '/var' },
        '/var/run': { entry: '/var/run', target: '/run' },
        '/gone': { entry: '/gone' },
      };
      const spec = { call: 'sys_execve', args: [text(0)] };
      const stringsOf = (...values: string[]) => {
        const { programs } = planned({ ...spec, match: [{ index: 0, operator, values }] }, { files });
        return programs[0]?.config.selectors[0]?.matches[0]?.strings;
      };
      assert.deepEqual(stringsOf('/bin'), ['/bin', '/usr/bin']);
      assert.deepEqual(stringsOf('/bin/'), ['/bin/', '/usr/bin/']);
      assert.deepEqual(stringsOf('/bin/a'), ['/bin/a', '/usr/bin/a']);
      assert.deepEqual(stringsOf('/var/run'), ['/var/run', '/run']);
      assert.deepEqual(stringsOf('/lib', '/gone', '/'), ['/lib', '/gone', '/']);
      const match = [{ index: 0, operator, values: ['/bin', '/var/run/'] }];
      const asked = policyOf({ syscall: true, ...spec, match });
      const object = { ...asked, hooks: asked.hooks.map((h) => ({ ...h, object: true as const })) };
      assert.deepEqual(symbolsOf(object).files, ['/', '/bin', '/var/run']);
    });

  it('knows a file that is there by its inode, also where a call ends early', () => {
    const inode = { ino: '7', device: 3, generation: 9 };
    const files = {
      '/bin/su': { entry: '/bin/su', target: '/bin/su', entryInode: inode, targetInode: inode },
    };
    const spec = { call: 'sys_chmod', args: [text(0)], match: named(0, '/bin/su', '/bin/none') };
    const { programs } = planned(spec, { files });
    const config = programs[0]?.config as HookConfig;
    const bytes = encodeHookConfig(config, ids);
    const f = STRUCTS.tg_hook_config.fields;
    const number = (i: number) => bytes.readBigUInt64LE(f.numbers.offset + 8 * i);
    const first = bytes.readUInt16LE(f.quick_inode_first.offset);
    assert.deepEqual([number(first), number(first + 1)], [7n, (3n << 32n) | 9n]);
    assert.equal(bytes.readUInt16LE(f.quick_inode_count.offset), 1);
    const at = f.matches.offset;
    const { inode_first, inode_count } = STRUCTS.tg_match.fields;
    const own = bytes.readUInt16LE(at + inode_first.offset);
    assert.deepEqual([number(own), bytes.readUInt16LE(at + inode_count.offset)], [7n, 1]);
    const call = { values: [Buffer.from('/other')], pathLike: [true], pids: [1], inodes: [inode] };
    assert.equal(selectFirst(config, call)?.index, 0);
    assert.equal(selectFirst(config, { ...call, inodes: [{ ...inode, generation: 8 }] }), undefined);
    const other = { ...spec, match: [{ index: 0, operator: 'NotEqual', values: ['/bin/su'] }] };
    const negated = planned(other, { files }).programs[0]?.config as HookConfig;
    assert.equal(selectFirst(negated, call), undefined);
  });

  it('says that other names pass unless each file it names is known by its inode', () => {
    const inode = { ino: '7', device: 3, generation: 9 };
    const files = {
      '/bin/su': { entry: '/usr/bin/su', target: '/usr/bin/su', entryInode: inode, targetInode: inode },
      '/link': { entry: '/link', entryInode: inode },
      '/none': { entry: '/none' },
    };
    const passes = (call: string, ...values: string[]) =>
      planned({ call, args: [text(0)], match: named(0, ...values) }, { files }).passes ?? '';
    assert.match(passes('sys_chmod', '/bin/su'), /^another hard link .* named later/);
    assert.match(passes('sys_chmod', '/bin/su', '/none'), /^the file by another hard link/);
    assert.match(passes('sys_chmod', '/none'), /^the file by another hard link/);
    assert.match(passes('sys_chmod', '/link'), /^the file by another hard link/);
    assert.match(passes('sys_unlink', '/link'), /^another hard link .* named later/);
  });

  it('leaves the making of a missing file to whoever does not ask for flags, and says so', () => {
    const both = planned({ call: 'sys_openat', args: OPEN, match: named(1, '/etc/shadow') });
    assert.match(both.mechanism, /file_open \+ .*path_mknod/);
    assert.doesNotMatch(both.passes ?? '', /empty/);
    const flags = [...named(1, '/etc/shadow'), { index: 2, operator: 'Mask', values: ['1'] }];
    const one = planned({ call: 'sys_openat', args: OPEN, match: flags });
    assert.doesNotMatch(one.mechanism, /path_mknod/);
    assert.match(one.passes ?? '', /empty/);
  });

  it('is never the text instead: what the host or the filter lacks is the reason', () => {
    const spec = { call: 'sys_unlink', args: [text(0)], match: named(0, '/etc/shadow') };
    const lacking = planned(spec, { without: ['security_path_unlink'] });
    assert.match(lacking.refused ?? '', /sys_unlink by the file itself: .* has no security_path_unlink/);
    const where = { call: 'sys_unlinkat', args: [{ index: 0, type: 'int' }, text(1)] };
    const byFolder = planned({
      ...where,
      match: [...named(1, '/x'), { index: 0, operator: 'Equal', values: ['3'] }],
    });
    assert.match(byFolder.refused ?? '', /a filter on argument 1 or 0 cannot be decided/);
    const unread = planned({ ...spec, args: [text(0), { index: 4, type: 'int' }] });
    assert.match(unread.refused ?? '', /argument 4 is not known/);
  });

  it('does without what older kernels do in another place', () => {
    const spec = { call: 'sys_truncate', args: [text(0)], match: named(0, '/etc/shadow') };
    assert.match(planned(spec).mechanism, /file_truncate/);
    assert.match(planned(spec).passes ?? '', /open with O_TRUNC/);
    const older = planned(spec, { without: ['security_file_truncate'] });
    assert.deepEqual([older.refused, older.guarantee], [undefined, 'denied-before-effect']);
    assert.match(older.passes ?? '', /open with O_TRUNC/);
  });
});
