// SPDX-License-Identifier: Apache-2.0
/**
 * What is foreseen from recorded events is what the kernel then does: one policy records every call, others decide on the
 * same calls, and both lists of hits are compared.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Foresight, readEvent } from '../../src/foresight/index.ts';
import { hookPartOf, type TraceEvent } from '../../src/model/event.ts';
import { python } from './python.ts';
import { type Bench, normalOf, openBench, PLACE } from './runtime-fixture.ts';

const DIR = join(PLACE, 'foresight');
/** in the names of our files */
const MARK = '-foresight';

/** Opens, links and connections of which filters take some. */
const ACTS = `
import os, socket
D = '${DIR}'
for i in range(12):
    name = D + '/file%d${MARK}' % i
    os.close(os.open(name, os.O_CREAT | (os.O_RDONLY, os.O_WRONLY, os.O_RDWR | os.O_APPEND)[i % 3], 0o600))
    try: os.symlink(('/etc/passwd', '/etc/hosts', '/etc/pass', 'etc/passwd')[i % 4] , name + '-link')
    except OSError: pass
    for address in ('127.0.0.%d' % (i + 1), '127.%d.0.9' % i):
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try: s.connect((address, 7000 + i))
        except OSError: pass
        s.close()
`;

interface Hook {
  call: string;
  syscall: boolean;
  args: { index: number; type: string }[];
}

const HOOKS: Record<string, Hook> = {
  open: { call: 'security_file_open', syscall: false, args: [{ index: 0, type: 'file' }] },
  link: {
    call: 'sys_symlinkat',
    syscall: true,
    args: [
      { index: 0, type: 'string' },
      { index: 2, type: 'string' },
    ],
  },
  connect: { call: 'sys_connect', syscall: true, args: [{ index: 1, type: 'sockaddr' }] },
};
const match = (index: number, operator: string, ...values: string[]) => ({ index, operator, values });
const selector = (...matchArgs: object[]) => ({ matchArgs });

// biome-ignore format: a table is read in rows
const POLICIES: Record<string, object[]> = {
  open: [
    selector(match(0, 'Equal', `${DIR}/file3${MARK}`, `${DIR}/file4${MARK}`)), selector(match(0, 'Postfix', `1${MARK}`)),
    selector(match(0, 'Prefix', `${DIR}/file`), match(0, 'SubString', `file5${MARK}`)),
  ],
  link: [
    selector(match(0, 'Equal', '/etc/passwd'), match(2, 'NotPostfix', `file4${MARK}-link`)), selector(match(0, 'Prefix', '/etc/h')),
    selector(match(0, 'SubStringIgnCase', 'C/PASSWD')),
  ],
  connect: [
    selector(match(1, 'SAddr', '127.0.0.0/29')), selector(match(1, 'NotSAddr', '127.0.0.0/8')),
    selector(match(1, 'SPort', '7003:7005'), match(1, 'Family', 'AF_INET')), selector(match(1, 'NotSPort', '7000:7010')),
  ],
};

const documentOf = (name: string, hook: object) =>
  JSON.stringify({
    apiVersion: 'cilium.io/v1alpha1',
    kind: 'TracingPolicy',
    metadata: { name },
    spec: { kprobes: [hook] },
  });

/** Of one program: an interpreter is what makes the calls. */
const ofProgram = (hook: Hook, selectors: object[], program: string) => ({
  ...hook,
  selectors: selectors.map((one) => ({ ...one, matchBinaries: [{ operator: 'In', values: [program] }] })),
});

describe('what is foreseen from events', () => {
  let bench: Bench;
  let program: string;
  before(() => {
    mkdirSync(DIR, { recursive: true });
    program = python('-c', 'import os; print(os.readlink("/proc/self/exe"))').out;
    bench = openBench();
  });
  after(() => bench.close());

  for (const [kind, hook] of Object.entries(HOOKS))
    it(`is what happens: ${kind}`, (t) => {
      const recorder = documentOf('recorder', ofProgram(hook, [{}], program));
      const decider = documentOf('decider', ofProgram(hook, POLICIES[kind] as object[], program));
      for (const text of [recorder, decider])
        assert.deepEqual(
          bench.load(text).hooks.map(({ refused }) => refused),
          [undefined],
        );
      bench.taken('');
      writeFileSync(join(DIR, 'acts.py'), ACTS);
      const { status, out } = python(join(DIR, 'acts.py'));
      assert.equal(status, 0, out);
      bench.runtime.drain();
      const events = bench.events.filter((e) => hookPartOf(e)?.process.binary === program);
      const of = (name: string) => events.filter((e) => hookPartOf(e)?.policy_name === name);
      const [recorded, decided] = [of('recorder'), of('decider')];

      const foresight = new Foresight(
        normalOf(decider),
        [],
        new Map([['recorder', normalOf(recorder).hooks]]),
      );
      for (const event of recorded) {
        const call = readEvent(JSON.stringify(event), 'recorded');
        assert.ok(call);
        foresight.call(call);
      }
      const [seen] = foresight.result();
      assert.deepEqual(seen?.notSimulated, []);
      assert.equal(seen?.calls, recorded.length);
      const foreseen = (seen?.hits ?? []).map(({ selector: index, times }) => [index, times] as const);
      assert.deepEqual(new Map(foreseen.toSorted()), countsOf(decided));
      assert.ok(
        decided.length > 3 && decided.length < recorded.length,
        `${decided.length} of ${recorded.length}`,
      );
      t.diagnostic(`${recorded.length} calls, ${decided.length} hits`);
      for (const name of ['recorder', 'decider']) bench.runtime.unload(name);
    });
});

/** Events by the selector that took the call. */
function countsOf(events: readonly TraceEvent[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { tracegate } of events) {
    const index = tracegate?.selector ?? -1;
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return new Map([...counts].toSorted());
}
