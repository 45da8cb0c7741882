// SPDX-License-Identifier: Apache-2.0
/**
 * What somebody checks who keeps heads of a log on another host, before keeping one more: that a key of the log signed it,
 * and that it goes on from the one kept before. Nothing the log's host says is taken on trust but the first time.
 */
import { Fault } from '../errors.ts';
import type { AuditRecord, SignedHead } from '../model/audit-record.ts';
import { KeyChain } from './key-chain.ts';
import { isConsistent, leafHash, provenRoot } from './merkle.ts';
import type { Proof } from './reader.ts';
import { decodeRecord } from './record-bytes.ts';
import { notAHead } from './signed-head.ts';

/** What the log's host shows. */
export interface Shown {
  /** of the first record, which names the first key; with the way on from the kept head */
  proof: Proof;
  /** the records that introduce further keys */
  rotations: readonly AuditRecord[];
}

/** The head to keep. Throws Fault `tampered` for one that must not be. */
export function acceptHead(known: SignedHead | undefined, { proof, rotations }: Shown): SignedHead {
  const { head } = proof;
  const unreadable = notAHead(head);
  if (unreadable !== undefined) throw refused(`its head cannot be read: ${unreadable}`);
  if (known !== undefined && known.logId !== head.logId)
    throw refused(`it is ${head.logId}, and the heads kept are of ${known.logId}`);
  const leaf = leafHash(proof.record);
  if (provenRoot(0, head.size, leaf, proof.path) !== head.root)
    throw refused('its first record is not in its tree');
  if (!keysOf(proof, rotations).signed(head)) throw refused('its head is not signed by a key of the log');
  if (known !== undefined) checkGrowth(known, proof);
  return head;
}

function keysOf({ record, head }: Proof, rotations: readonly AuditRecord[]): KeyChain {
  const chain = new KeyChain();
  const first = decodeRecord(record, undefined);
  const wrong = first.logId === head.logId ? chain.begin(first) : 'its first record is of another log';
  const [problem] = [wrong, ...rotations.map((rotation) => chain.rotate(rotation))].filter(Boolean);
  if (problem !== undefined) throw refused(problem);
  return chain;
}

function checkGrowth(known: SignedHead, { head, consistency }: Proof): void {
  if (head.size < known.size)
    throw refused(`it was set back: it had ${known.size} records at ${known.time}, now ${head.size}`);
  const growth = { from: known.size, fromRoot: known.root, size: head.size, root: head.root };
  if (isConsistent(growth, consistency?.path ?? [])) return;
  throw refused(`it has another past than the head of ${known.size} records that was kept at ${known.time}`);
}

function refused(why: string): Fault {
  return new Fault('tampered', `the log is refused: ${why}`);
}
