// SPDX-License-Identifier: Apache-2.0
/** Mapped executable files: each is told once, with the build id that is in it, of the program that it belongs to. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { type Bench, labProgram, ownBench, put, run } from './runtime-fixture.ts';

const PROGRAM = labProgram('markers-linked');
const UNMARKED = labProgram('markers-unmarked');

/** What the linker wrote, as readelf shows it. */
function buildIdOf(file: string): string {
  const notes = execFileSync('readelf', ['-n', file], { encoding: 'utf8' });
  return /Build ID: ([0-9a-f]+)/.exec(notes)?.[1] ?? '';
}

describe('files that are mapped to be executed', () => {
  let bench: Bench;
  before(() => {
    bench = ownBench();
  });
  after(() => bench.close());

  const told = () => {
    bench.runtime.drain();
    const events = bench.events.flatMap((e) => (e.process_loader ? [e.process_loader] : []));
    bench.events.length = 0;
    return events;
  };
  const of = (binary: string) => told().filter((e) => e.process.binary === binary);

  it('are told with their build ids, each once, of the program that was started', () => {
    const plan = put(bench, { loader: true });
    assert.equal(plan.hooks[0]?.mechanism, 'fentry/perf_event_mmap_output');
    told();
    run(PROGRAM, ['ask']);
    const events = of(PROGRAM);
    const paths = events.map(({ path }) => path);
    assert.deepEqual([...new Set(paths)], paths, 'each once');
    assert.ok(paths.includes(PROGRAM), paths.join());
    assert.ok(
      paths.some((path) => /\/ld-linux-x86-64\.so\.2$/.test(path)) &&
        paths.some((path) => /\/libc\.so\.6$/.test(path)),
      paths.join(),
    );
    for (const { path, buildid = '', policy_name } of events) {
      assert.equal(Buffer.from(buildid, 'base64').toString('hex'), buildIdOf(path), path);
      assert.equal(policy_name, 'probe');
    }
    assert.ok(bench.runtime.counters('probe').posted >= events.length);
  });

  it('without a build id are told without one, and libraries that are opened later are told too', () => {
    run(UNMARKED, ['ask']);
    const own = of(UNMARKED).find(({ path }) => path === UNMARKED);
    assert.ok(own && own.buildid === undefined, JSON.stringify(own));
    const text = 'import ctypes, os; ctypes.CDLL("libz.so.1"); ctypes.CDLL("libz.so.1")';
    run('python3', ['-c', text]);
    assert.equal(told().filter(({ path }) => /\/libz\.so\.1/.test(path)).length, 1);
  });

  it('are told after an agent came back, and no longer when the policy is gone', () => {
    const { stateDir, bpffsDir } = bench;
    bench.runtime.close();
    run(PROGRAM, ['ask']);
    bench = ownBench({ stateDir, bpffsDir });
    bench.runtime.drain();
    bench.events.length = 0;
    run(PROGRAM, ['ask']);
    assert.ok(of(PROGRAM).some(({ path }) => path === PROGRAM));
    bench.runtime.unload('probe');
    run(PROGRAM, ['ask']);
    assert.equal(told().length, 0);
  });
});
