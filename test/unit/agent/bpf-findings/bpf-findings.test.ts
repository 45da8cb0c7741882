// SPDX-License-Identifier: Apache-2.0
/** What was done with eBPF, judged by the shipped rules when it has happened. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { BpfFindings } from '../../../../src/agent/bpf-findings/bpf-findings.ts';
import { KnownPrograms } from '../../../../src/agent/bpf-findings/known-programs.ts';
import { type AuditLog, openAuditLog } from '../../../../src/audit/index.ts';
import { openRuleset } from '../../../../src/guardrails/index.ts';
import type { BpfActivity, BpfCulprit } from '../../../../src/model/bpf.ts';
import type { Ruleset } from '../../../../src/model/judge.ts';

const LOADER = '/usr/sbin/loader';
const by = (sha256 = 'aa'): BpfCulprit => ({
  ...{ pid: 7, tid: 7, started: '2026-01-01T00:00:00Z', uid: 0, euid: 0, gid: 0, comm: 'loader' },
  exe: { path: LOADER, device: 1, inode: '2', sha256 },
  ...{ namespaces: {}, capabilities: '0', ancestors: [] },
});
const at = (ms: number) => new Date(Date.parse('2026-01-01T12:00:00Z') + ms).toISOString();

function load(id: number, program: object = {}, more: Partial<BpfActivity> = {}): BpfActivity {
  const body = { program: { id, type: 'xdp', name: 'drop_all', tag: '1111111111111111', ...program } };
  return { type: 'bpf.load.done', time: at(0), object: `program ${id}`, by: by(), body, ...more };
}

interface Bench {
  findings: BpfFindings;
  audit: AuditLog;
  stateDir: string;
  pass(ms: number): void;
  told(): [rule: unknown, severity: unknown, message: string][];
}

function bench({
  bpf = {},
  ruleset,
  kernelChecks = false,
  view = 'full',
}: {
  bpf?: object;
  ruleset?: Ruleset;
  kernelChecks?: boolean;
  view?: string;
} = {}): Bench {
  const stateDir = mkdtempSync(join(tmpdir(), 'tracegate-findings-'));
  const audit = openAuditLog({
    ...{ path: join(stateDir, 'audit.db'), keyPath: join(stateDir, 'audit.key') },
    kind: 'agent',
  });
  let now = Date.parse(at(0));
  const findings = new BpfFindings({
    ...{ audit, kernelChecks, view: () => view, now: () => new Date(now) },
    ruleset: ruleset ?? openRuleset({ data: { bpf } }),
    known: new KnownPrograms(stateDir, 'a kernel'),
    onFault: (thrown) => assert.fail(String(thrown)),
  });
  return {
    ...{ findings, audit, stateDir },
    pass: (ms) => {
      now += ms;
      findings.look();
    },
    told: () => {
      audit.append([]); // what waits is written
      return audit
        .read({ type: 'bpf.finding', limit: 1000 })
        .map(({ body }) => [body.rule, body.severity, String(body.message)]);
    },
  };
}

describe('findings in what was done with eBPF', () => {
  it('writes down what a rule finds, with what it is about', () => {
    const { findings, audit } = bench();
    findings.take(load(1));
    findings.take({
      type: 'bpf.attach.done',
      time: at(100),
      object: 'program 1',
      by: by(),
      body: { how: 'link' },
    });
    findings.take({ type: 'bpf.unload', time: at(600), object: 'program 1', by: by(), body: {} });
    audit.append([]);
    const [record, ...more] = audit.read({ type: 'bpf.finding', limit: 10 });
    assert.equal(more.length, 0);
    assert.equal(record?.object, 'program 1');
    assert.deepEqual(record.body, {
      ...{ rule: 'BPG-910', severity: 'alert' },
      message: `${LOADER} had drop_all (xdp) in force for 0.6 seconds only`,
      about: { type: 'bpf.unload', object: 'program 1', at: at(600) },
      loader: { path: LOADER, digest: 'sha256:aa' },
      program: { name: 'drop_all', type: 'xdp', tag: '1111111111111111', attachType: '', signature: 'none' },
    });
  });

  it('has nothing to say of a program that lives, or never hung anywhere', () => {
    const { findings, told } = bench();
    const end = (id: number, ms: number) =>
      findings.take({ type: 'bpf.unload', time: at(ms), object: `program ${id}`, by: by(), body: {} });
    findings.take(load(1));
    findings.take({ type: 'bpf.attach.done', time: at(1), object: 'program 1', by: by(), body: {} });
    end(1, 1001);
    findings.take(load(2));
    end(2, 10);
    end(3, 10); // there before the watch
    assert.deepEqual(told(), []);
  });

  it('tells other instructions under a known name once, also after a restart', () => {
    const { findings, told, stateDir } = bench();
    findings.take(load(1));
    findings.take(load(2, { tag: '2222222222222222' }));
    findings.take(load(3, { tag: '2222222222222222' }, { by: by('bb') }));
    findings.take(load(4, { tag: '3333333333333333', name: '' }));
    assert.deepEqual(told(), [
      [
        'BPG-908',
        'warning',
        `${LOADER} loads drop_all (xdp) with other instructions than before: 2222222222222222`,
      ],
    ]);
    findings.close();
    const again = new KnownPrograms(stateDir, 'a kernel');
    const seen = {
      path: LOADER,
      digest: 'sha256:cc',
      name: 'drop_all',
      type: 'xdp',
      tag: '4444444444444444',
    };
    assert.deepEqual(again.take(seen), {
      before: ['1111111111111111', '2222222222222222'],
      sameLoader: false,
    });
    assert.deepEqual(new KnownPrograms(stateDir, 'another kernel').take(seen).before, []);
    writeFileSync(
      join(stateDir, 'bpf-programs.json'),
      readFileSync(join(stateDir, 'bpf-programs.json')).subarray(1),
    );
    assert.throws(() => new KnownPrograms(stateDir, 'a kernel'), /cannot be read: restore it/);
  });

  it('tells unsigned programs where the kernel checks and the organisation asks for it', () => {
    const told = (kernelChecks: boolean, signing: string, signed?: string) => {
      const it = bench({ kernelChecks, bpf: { signing } });
      it.findings.take(load(1, signed === undefined ? {} : { signed }));
      return it.told().map(([rule]) => rule);
    };
    assert.deepEqual(told(true, 'required'), ['BPG-909']);
    assert.deepEqual(told(true, 'required', 'user'), ['BPG-909']);
    assert.deepEqual(told(true, 'required', 'system'), []);
    assert.deepEqual(told(true, 'optional'), []);
    assert.deepEqual(told(false, 'required'), []);
  });

  it('counts by the minute and loader, probes of libraries too, and ours not', () => {
    const { findings, told, pass } = bench({ bpf: { loadsPerMinute: 5 } });
    for (let id = 1; id <= 3; id++) findings.take(load(id));
    for (let id = 4; id <= 30; id++) findings.take(load(id, {}, { ours: true }));
    findings.take({ type: 'bpf.probes', time: at(1), by: by(), body: { loaded: 2, refused: 1 } });
    pass(59_999);
    assert.deepEqual(told(), []);
    pass(1);
    assert.deepEqual(told(), [['BPG-910', 'alert', `${LOADER} loaded 6 programs in a minute, more than 5`]]);
    for (let id = 31; id <= 35; id++) findings.take(load(id));
    pass(60_000);
    assert.equal(told().length, 1);
  });

  it('tells what was not seen, but for what a look every few seconds cannot', () => {
    const gap: BpfActivity = { type: 'bpf.gap', time: at(0), body: { what: 'programs', first: 4, last: 9 } };
    const missed: BpfActivity = { type: 'bpf.missed', time: at(0), object: 'map 3', body: {} };
    const [full, degraded] = [bench(), bench({ view: 'degraded' })];
    for (const { findings } of [full, degraded]) for (const one of [gap, missed]) findings.take(one);
    const [hole] = full.told();
    assert.deepEqual(hole, ['BPG-912', 'alert', hole?.[2]]);
    assert.match(String(hole?.[2]), /: programs, numbers 4 to 9$/);
    assert.deepEqual([full.told().length, degraded.told().length], [2, 1]);
  });

  it('says that rules gave no answer', () => {
    const broken = openRuleset();
    const { findings, audit, pass } = bench({
      ruleset: { ...broken, digest: broken.digest, judge: () => JSON.parse('') } as Ruleset,
    });
    findings.take(load(1));
    findings.take(load(2));
    pass(1000);
    audit.append([]);
    const told = audit.read({ type: 'bpf.finding.unjudged', limit: 10 });
    assert.deepEqual(
      told.map(({ body }) => [body.count, body.reason]),
      [[2, 'Unexpected end of JSON input']],
    );
  });
});
