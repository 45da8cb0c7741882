// SPDX-License-Identifier: Apache-2.0
/** Numbers of eBPF objects are for CAP_SYS_ADMIN: with it they are listed, without it is said what that leaves out. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { missingForAgent, ROOT } from '../fixtures/running-up.ts';

const SCRIPT = `
import { loadNative } from '${ROOT}/src/runtime/native.ts';
import { Listings } from '${ROOT}/src/runtime/bpf-audit/listing.ts';
const listings = new Listings(loadNative('${ROOT}'), () => { throw new Error('no program is loaded'); }, true);
console.log(JSON.stringify({ programs: listings.byIds()?.programs.size, blind: listings.blind }));
`;
const hasSetpriv = spawnSync('setpriv', ['--version']).status === 0;

function listed(...command: string[]): { programs?: number; blind: string[] } {
  const node = [
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '-e',
    SCRIPT,
  ];
  const [program = '', ...args] = [...command, ...node];
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as { programs?: number; blind: string[] };
}

describe('numbers of eBPF objects', {
  skip: missingForAgent() ?? (hasSetpriv ? false : 'setpriv is not installed'),
}, () => {
  it('are listed with CAP_SYS_ADMIN', () => {
    const { programs, blind } = listed();
    assert.equal(typeof programs, 'number');
    assert.deepEqual(blind, []);
  });

  it('are not without it, which is said, and ends nothing', () => {
    const { programs, blind } = listed('setpriv', '--bounding-set', '-sys_admin', '--inh-caps', '-sys_admin');
    assert.equal(programs, undefined);
    assert.equal(blind.filter((what) => what.includes('CAP_SYS_ADMIN')).length, 2);
  });
});
