// SPDX-License-Identifier: Apache-2.0
/**
 * In the guest: two threads against the policy of one family; prints `race FAMILY TRIES DENIED FORBIDDEN HARMLESS`.
 * `families` prints the families and what a try of them is worth, for who runs this.
 */
import { FAMILIES, pathPolicy, raceFamily } from './family-policies.ts';
import { callsProgram, openBench, PLACE, policyText, run } from './runtime-fixture.ts';

const SYMLINK = 'symlink';
const [family = '', tries = '1000'] = process.argv.slice(2);

function raceSymlink(): number[] {
  const { out } = run(callsProgram(), ['race', tries, '/etc/passwd', '/etc/pasXXX', PLACE]);
  const [, denied = 0, forbidden = 0, harmless = 0] = out.split(' ').map(Number);
  return [denied, forbidden, harmless];
}

function race(): number[] {
  const { denied, forbidden, harmless } = raceFamily(family, Number(tries));
  return [denied, forbidden, harmless];
}

if (family === 'families') {
  const others = FAMILIES.map((f) => ({ name: f.name, dear: f.tries !== undefined }));
  process.stdout.write(JSON.stringify([{ name: SYMLINK, dear: false }, ...others]));
  process.exit(0);
}
const bench = openBench();
run('ip', ['link', 'set', 'lo', 'up']);
const [syscall] = FAMILIES.find((f) => f.name === family)?.syscalls ?? [];
bench.load(syscall ? pathPolicy(syscall, { silent: true }) : policyText('restrict-symlink'));
const counted = family === SYMLINK ? raceSymlink() : race();
process.stdout.write(`race ${family} ${tries} ${counted.join(' ')}\n`);
bench.close();
process.exit(0);
