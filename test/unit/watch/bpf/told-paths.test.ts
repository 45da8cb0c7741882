// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditRecordSeen, RawCulprit } from '../../../../src/watch/bpf/audit-records.ts';
import { ToldPaths } from '../../../../src/watch/bpf/told-paths.ts';

const S = 1_000_000_000n;
const LOADER = { tgid: 7, startBootNs: 5n, execId: 1n };

interface Parts extends Partial<Pick<RawCulprit, 'tgid' | 'startBootNs' | 'execId'>> {
  exe?: Partial<RawCulprit['exe']>;
  atNs?: bigint;
}

function record({ exe, atNs = 100n * S, ...who }: Parts): Pick<AuditRecordSeen, 'by' | 'bootNs'> {
  const file = { device: 1, inode: 2n, generation: 3, links: 1, magic: 0, ctimeNs: 0n };
  const by = { ...LOADER, ...who, exe: { ...file, path: '', partial: false, told: false, ...exe } };
  return { by: by as RawCulprit, bootNs: atNs };
}

/** What a record shows of its executable's path, after another told it. */
function shownAfter(first: Parts, then: Parts) {
  const paths = new ToldPaths();
  paths.complete(record({ ...first, exe: { path: '/usr/sbin/loader', ...first.exe } }));
  const later = record({ ...then, exe: { told: true, ...then.exe } });
  paths.complete(later);
  const { path, partial } = later.by.exe;
  return { path, partial };
}

const UNKNOWN = { path: '', partial: true };

describe('paths of executables that an earlier record told', () => {
  it('are those of the same run of the same process', () => {
    assert.deepEqual(shownAfter({}, {}), { path: '/usr/sbin/loader', partial: false });
    for (const other of [{ tgid: 8 }, { startBootNs: 6n }, { execId: 2n }])
      assert.deepEqual(shownAfter({}, other), UNKNOWN, JSON.stringify(Object.keys(other)));
  });

  it('are not told of another file than the one they were told of', () => {
    for (const exe of [{ device: 9 }, { inode: 9n }, { generation: 9 }])
      assert.deepEqual(shownAfter({}, { exe }), UNKNOWN, JSON.stringify(Object.keys(exe)));
  });

  it('stay partial where they were', () => {
    assert.deepEqual(shownAfter({ exe: { partial: true } }, {}), { path: '/usr/sbin/loader', partial: true });
  });

  it('are not those of the kernel’s own threads, which have none', () => {
    assert.deepEqual(shownAfter({ exe: { inode: 0n } }, { exe: { inode: 0n } }), UNKNOWN);
  });

  it('are kept of so many processes, and then of the latest', () => {
    const paths = new ToldPaths();
    for (let tgid = 1; tgid <= 20_000; tgid++) paths.complete(record({ tgid, exe: { path: `/${tgid}` } }));
    const [first, last] = [1, 20_000].map((tgid) => record({ tgid, exe: { told: true } }));
    for (const one of [first, last]) if (one) paths.complete(one);
    assert.deepEqual([first?.by.exe.path, last?.by.exe.path], ['', '/20000']);
  });

  it('are kept for half a minute of the records’ time after they were told last', () => {
    const paths = new ToldPaths();
    const tell = (tgid: number, atNs: bigint) =>
      paths.complete(record({ tgid, atNs, exe: { path: `/${tgid}` } }));
    const shown = (tgid: number, atNs: bigint) => {
      const brief = record({ tgid, atNs, exe: { told: true } });
      paths.complete(brief);
      return brief.by.exe.path;
    };
    tell(1, 100n * S);
    tell(2, 120n * S);
    tell(1, 130n * S);
    tell(3, 149n * S);
    assert.deepEqual(
      [1, 2, 3].map((tgid) => shown(tgid, 149n * S)),
      ['/1', '/2', '/3'],
    );
    tell(3, 150n * S);
    assert.deepEqual(
      [1, 2, 3].map((tgid) => shown(tgid, 150n * S)),
      ['/1', '', '/3'],
    );
  });
});
