// SPDX-License-Identifier: Apache-2.0
/** The kernel this host runs, whatever it offers: what is promised is done, what cannot be done is refused. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { eventsDuring, ofPolicy } from '../fixtures/event-stream.ts';
import { killLinker, killReader } from '../fixtures/host-policies.ts';
import { missingForAgent, ROOT, RunningUp, upPlace } from '../fixtures/running-up.ts';
import { linker, reader } from '../fixtures/victim.ts';

const BYTES = 4243;

describe('this host', { skip: missingForAgent() ?? false }, () => {
  const place = upPlace('native');
  const link = join(place.stateDir, 'link');
  let up: RunningUp;
  /** a call can be made to fail here before it has an effect */
  let canDeny = false;

  before(async () => {
    up = await RunningUp.start(place);
    const { lsm, fentry } = up.features();
    canDeny = lsm.available === 'yes' && fentry.available === 'yes';
  });
  after(async () => {
    const left = await up?.interrupt();
    place.remove();
    assert.deepEqual(left, [], 'Ctrl-C ends it cleanly');
  });

  it('is told on one screen where to go and what its kernel can do', () => {
    assert.match(up.screen, /Tracegate is up\. {2}https:\/\/127\.0\.0\.1:\d+/);
    assert.match(up.screen, /token .*admin\.token/);
    assert.match(up.screen, /can {4}kill \(Sigkill\)/);
    assert.match(
      up.screen,
      canDeny ? /can {4}deny before the effect/ : /cannot deny a call: an Override is refused/,
    );
  });

  it('has the eBPF addon in the agent alone, and no root in the gate', () => {
    const processes = up.processes();
    const withAddon = processes.filter((p) => p.addons.includes('tracegate_bpf.node'));
    assert.deepEqual(
      withAddon.map((p) => p.command),
      ['agent'],
    );
    const gate = processes.find((p) => p.command === 'gate');
    assert.ok(gate);
    const capabilities =
      readFileSync(`/proc/${gate.pid}/status`, 'utf8').match(/^Cap(?:Eff|Prm|Bnd):.*$/gm) ?? [];
    assert.ok(gate.uid !== 0 || capabilities.every((line) => /\t0+$/.test(line)), `${capabilities}`);
  });

  it('shows a program that is started', async () => {
    const events = await eventsDuring(up, () => {
      spawnSync('true', ['a', 'mark-of-this-test']);
    });
    const seen = events.find((e) => e.process_exec?.process.arguments === 'a mark-of-this-test');
    assert.match(seen?.process_exec?.process.binary ?? '', /\/true$/);
    assert.equal(seen?.process_exec?.process.uid, 0);
  });

  it('kills one process by a call in registers, without any consent, and spares another', async () => {
    const [hit, spared] = [reader(BYTES), reader(BYTES)];
    const applied = up.apply(killReader('kill-reader', hit.pid, BYTES));
    assert.equal(applied.status, 0, applied.out + applied.words);
    const [hook] = up.status('kill-reader')?.hosts[0]?.hooks ?? [];
    assert.equal(hook?.state, 'loaded');
    assert.equal(hook?.racy, false);
    const events = await eventsDuring(up, async () => {
      assert.equal(await spared.go(), 0);
      assert.equal(await hit.go(), 'SIGKILL');
    });
    const shown = ofPolicy(events, 'kill-reader');
    assert.deepEqual(
      shown.map((e) => e.process_kprobe?.process.pid),
      [hit.pid],
    );
    assert.equal(shown[0]?.tracegate?.killed, true);
    assert.equal(up.cli('policy', 'delete', 'kill-reader', '--reason', 'test').status, 0);
  });

  it('takes a kill on text that can change meanwhile only where that is consented to', async () => {
    const victim = linker('/etc/passwd', link);
    const refused = up.apply(killLinker('kill-linker', victim.pid, { allowRacy: false }));
    assert.equal(refused.status, canDeny ? 0 : 1, refused.out);
    if (!canDeny) assert.match(refused.out, /allow-racy/);
    const applied = up.apply(killLinker('kill-linker', victim.pid, { allowRacy: true }));
    assert.equal(applied.status, 0, applied.out + applied.words);
    const [hook] = up.status('kill-linker')?.hosts[0]?.hooks ?? [];
    assert.equal(hook?.racy, !canDeny);
    assert.equal(hook?.guarantee, canDeny ? 'denied-before-effect' : 'killed-after-effect');
    assert.equal(await victim.go(), 'SIGKILL');
    if (canDeny) assert.equal(existsSync(link), false);
    assert.equal(up.cli('policy', 'delete', 'kill-linker', '--reason', 'test').status, 0);
  });

  it('refuses an Override it cannot do, saying why', { skip: false }, (t) => {
    if (canDeny) return t.skip('this kernel can deny: the Override is proven in test/kernel');
    const policy = readFileSync(join(ROOT, 'test/fixtures/policies/restrict-symlink.yaml'), 'utf8');
    const { status, out } = up.apply(policy);
    assert.equal(status, 1);
    assert.match(out, /TPG-002/);
    assert.match(out, /a call cannot be refused on .*: .* has no fentry \(.+\)/);
    assert.equal(up.status('restrict-symlink'), undefined, 'nothing is stored');
    return undefined;
  });

  it('has written down what it did, in two logs that vouch for each other', () => {
    const { status, out } = up.cli('audit', 'verify');
    assert.equal(status, 0, out);
    const agentLog = up.cli('audit', 'export', '--log', 'agent').out;
    for (const type of ['load.intent', 'load.done', 'enforcement', 'retire.done']) {
      assert.ok(agentLog.includes(`"type":"${type}"`), type);
    }
  });
});
