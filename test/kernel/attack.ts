// SPDX-License-Identifier: Apache-2.0
/** A forbidden call that is made without a pause. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { callsProgram } from './runtime-fixture.ts';

export interface Attack {
  tries: number;
  denied: number;
  made: number;
}

/** A link to `target` is made at `link` again and again until `during` is over. */
export async function underAttack(
  { target, link }: { target: string; link: string },
  during: () => void | Promise<void>,
): Promise<Attack> {
  const attacker = spawn(callsProgram(), ['attack', target, link], { stdio: ['pipe', 'pipe', 'inherit'] });
  let out = '';
  attacker.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  const ended = new Promise((resolve) => attacker.on('close', resolve));
  await once(attacker.stdout, 'data');
  await during();
  attacker.stdin.end();
  await ended;
  const [tries = 0, denied = 0, made = 0] = (out.split('\n')[1] ?? '').split(' ').map(Number);
  return { tries, denied, made };
}
