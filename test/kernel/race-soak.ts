// SPDX-License-Identifier: Apache-2.0
/** In the guest: the two-thread race against the symlink policy; prints `race TRIES DENIED FORBIDDEN HARMLESS ODD`. */
import { callsProgram, openBench, PLACE, policyText, run } from './runtime-fixture.ts';

const bench = openBench();
bench.load(policyText('restrict-symlink'));
process.stdout.write(
  `race ${run(callsProgram(), ['race', process.argv[2] ?? '1000', '/etc/passwd', '/etc/pasXXX', PLACE]).out}\n`,
);
bench.close();
process.exit(0);
