// SPDX-License-Identifier: Apache-2.0
/**
 * A forbidden call that is made without a pause, while policies are updated and agents come and go: never does one pass. On one
 * CPU, where it comes in between at any place: an emulated machine that patches what another CPU runs breaks off (STALE_BREAKPOINT).
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { LAYOUT_FOLDER } from '../../src/runtime/map-shapes.ts';
import { underAttack as attacked } from './attack.ts';
import { type Bench, callsProgram, ownBench, PLACE, policyText, run } from './runtime-fixture.ts';

/** `npm run soak -- gaps` makes ten times as many, and kills agents meanwhile. */
const UPDATES = 20;
const RESTARTS = 3;
const TAKEOVER_MS = 3100;
const LINK = join(PLACE, 'attacked');
const TARGET = '/etc/passwd';
const POLICY = policyText('restrict-symlink');
/** Another policy to the kernel; what it forbids of ours is the same. */
const variant = (n: number) => POLICY.replace(/( *- )"\/etc\/passwd.*/, `$&\n$1"/etc/other-${n}"`);

const underAttack = (during: () => void) => attacked({ target: TARGET, link: LINK }, during);

/** Without giving way to the tests: the attack goes on meanwhile. */
const pauseMs = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const mapFolders = ({ bpffsDir }: Bench) =>
  readdirSync(join(bpffsDir, 'maps')).filter((name) => !name.startsWith('tg_'));

/** Makes what is in force pass for another version's, whose maps have another layout. */
function asFromBefore({ stateDir, bpffsDir }: Bench): void {
  const file = join(stateDir, 'loaded.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(LAYOUT_FOLDER, 'before'));
  renameSync(join(bpffsDir, 'maps', LAYOUT_FOLDER), join(bpffsDir, 'maps/before'));
}

describe('a forbidden call that is made all the time', () => {
  let bench: Bench;
  before(() => {
    bench = ownBench();
    bench.load(POLICY);
  });
  after(() => bench.close());

  it(`does not pass during ${UPDATES} updates`, async (t) => {
    assert.notEqual(variant(1), POLICY);
    const attack = await underAttack(() => {
      for (let n = 0; n < UPDATES; n++) bench.load(n % 2 === 0 ? variant(n) : POLICY);
    });
    t.diagnostic(JSON.stringify(attack));
    assert.deepEqual([attack.made, attack.denied > UPDATES], [0, true]);
  });

  it('does not pass while other policies come and go', async () => {
    const other = POLICY.replaceAll('restrict-symlink', 'other').replaceAll('/etc/passwd', '/etc/group');
    const attack = await underAttack(() => {
      bench.load(other);
      bench.runtime.unload('other');
      bench.runtime.setMode('restrict-symlink', 'enforce');
    });
    assert.deepEqual([attack.made, attack.denied > 0], [0, true]);
  });

  it('does not pass while the agent ends and another takes over', async () => {
    const { stateDir, bpffsDir } = bench;
    const attack = await underAttack(() => {
      for (let n = 0; n < RESTARTS; n++) {
        bench.runtime.close();
        bench = ownBench({ stateDir, bpffsDir });
      }
    });
    assert.deepEqual([attack.made, attack.denied > 0], [0, true]);
    assert.equal(bench.runtime.policies().length, 1);
    assert.equal(bench.runtime.host.state().fresh, true, 'nobody has put suspensions back yet');
    bench.runtime.host.restored();
  });

  it('does not pass while a version with other maps takes over, which rules what it found', async () => {
    const { stateDir, bpffsDir } = bench;
    bench.runtime.close();
    asFromBefore(bench);
    const attack = await underAttack(() => {
      bench = ownBench({ stateDir, bpffsDir });
      bench.load(POLICY);
    });
    assert.deepEqual([attack.made, attack.denied > 0], [0, true]);
    assert.equal(bench.runtime.host.state().fresh, false);
    assert.deepEqual(mapFolders(bench), [LAYOUT_FOLDER], 'the maps of before are gone');
    const [policy] = bench.runtime.policies();
    assert.equal(policy && bench.runtime.isCurrent(policy), true);
  });

  it('is let through by a mode set after that, and denied again, before the policy is loaded anew', async () => {
    const { stateDir, bpffsDir } = bench;
    bench.runtime.close();
    asFromBefore(bench);
    bench = ownBench({ stateDir, bpffsDir });
    const { runtime } = bench;
    assert.deepEqual(
      runtime.policies().map((p) => runtime.isCurrent(p)),
      [false],
    );
    assert.equal(runtime.counters('restrict-symlink').denied, 0, 'its counts are not read by another layout');
    runtime.setMode('restrict-symlink', 'monitor');
    const watched = await underAttack(() => {
      runtime.setMode('restrict-symlink', 'enforce');
      pauseMs(200);
    });
    assert.ok(watched.made > 0 && watched.denied > 0, JSON.stringify(watched));
    assert.deepEqual(runtime.drift(), []);
    assert.equal(mapFolders(bench).length, 2, 'they stay as long as its programs are in force');
    bench.load(POLICY);
  });

  it('passes a while after an update that forbids it no more, also where the kernel keeps the old programs', () => {
    const { runtime, bpffsDir } = bench;
    const makes = () => run(callsProgram(), ['once', TARGET, join(PLACE, 'made-once')]).status === 0;
    const pins = runtime.policies().flatMap((policy) => policy.pins);
    const held = pins.map((pin) => runtime.native.getPinned(join(bpffsDir, pin)));
    bench.load(POLICY.replaceAll('/etc/passwd', '/etc/group'));
    assert.equal(makes(), false, 'a call may be on its way through the old ones');
    pauseMs(TAKEOVER_MS);
    assert.deepEqual(runtime.drift(), []);
    assert.equal(makes(), true);
    for (const fd of held) runtime.native.closeFd(fd);
    bench.load(POLICY);
    assert.deepEqual(runtime.drift(), []);
  });

  it('passes when the policy is gone: the attack is one', async () => {
    const attack = await underAttack(() => {
      bench.runtime.unload('restrict-symlink');
      bench.load(POLICY);
    });
    assert.ok(attack.made > 0, JSON.stringify(attack));
  });
});
