// SPDX-License-Identifier: Apache-2.0
/** Actions on one of the hook's arguments: TrackSock, UntrackSock and Set. */
import type { ActionSpec } from '../document.ts';
import type { NormalAction, SocketFollowing } from '../normal-policy.ts';
import { type Ledger, refuse } from './ledger.ts';
import type { Lookup } from './looked-at.ts';

/** Whose a socket is: the argument at a position of args has to be one. */
export function following(
  ledger: Ledger,
  args: Lookup['args'],
  action: SocketFollowing,
  { argSock = 0 }: ActionSpec,
  path: string,
): NormalAction {
  const type = args[argSock]?.type;
  if (type !== 'sock' && type !== 'socket') {
    const what = type === undefined ? 'there is no entry' : `it is of type ${type} at`;
    const fix = 'write the position in args, from 0, of an argument of type sock or socket';
    refuse(ledger, `${path}/argSock`, `${action} follows a socket: ${what} ${argSock} of args`, fix);
  }
  return { path, action, kills: false, argSock };
}

/** Four bytes of the program are overwritten; that they lie in memory, only the file of the program tells. */
export function setting(
  ledger: Ledger,
  { hook, args }: Lookup,
  { argIndex = 0, argValue = 0 }: ActionSpec,
  path: string,
): NormalAction {
  if (hook !== 'usdt') {
    const message = 'Set overwrites an argument of a marker, and here is none';
    refuse(ledger, `${path}/action`, message, 'use it in usdts; elsewhere Override or Sigkill');
  } else if (!args[argIndex]) {
    const message = `Set overwrites an argument: there is no entry ${argIndex} of args`;
    refuse(
      ledger,
      `${path}/argIndex`,
      message,
      'write the position in args, from 0, of one that lies in memory',
    );
  }
  return { path, action: 'Set', kills: false, argIndex, argValue };
}

export function refuseSeveralSets(ledger: Ledger, specs: readonly ActionSpec[], pointer: string): void {
  const first = specs.findIndex(({ action }) => action === 'Set');
  const second = specs.findIndex(({ action }, index) => action === 'Set' && index > first);
  if (second < 0) return;
  refuse(
    ledger,
    `${pointer}/${second}`,
    'a selector overwrites one argument',
    'use two policies, one for each',
  );
}
