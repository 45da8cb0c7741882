// SPDX-License-Identifier: Apache-2.0
/**
 * Offline verification of one log, or of two that witness each other. A log alone proves that nothing inside it was
 * changed; that its end was not cut off, or all of it set back, only the other log's memory of its heads can tell.
 */
import type { SignedHead } from '../model/audit-record.ts';
import type { LogSource } from './log-source.ts';
import { notCovered } from './not-covered.ts';
import type { Claim, Problem } from './problem.ts';
import { type Scan, scanLog } from './scan-log.ts';
import { databaseSource, isDatabase, openSource } from './source.ts';
import type { LogReport, VerifyOptions, VerifyReport } from './verify-report.ts';

/** So often a log is read again that somebody takes something out of. */
const READ_AGAIN_MOST = 3;

export async function verifyLogs(options: VerifyOptions): Promise<VerifyReport> {
  const sources: LogSource[] = [];
  try {
    return await verifyOpen(options, sources);
  } finally {
    for (const source of sources) source.close();
  }
}

/** `sources`: what was opened, and has to stay so as long as roots of the past are asked for. */
async function verifyOpen(options: VerifyOptions, sources: LogSource[]): Promise<VerifyReport> {
  const scanOf = async (path: string): Promise<Scan> => {
    const source = await openSource(path);
    sources.push(source);
    return scanLog(source);
  };
  const settledScanOf = async (path: string): Promise<Scan> => {
    let scan = await scanOf(path);
    for (let again = 0; again < READ_AGAIN_MOST && hasGrown(scan, path); again += 1)
      scan = await scanOf(path);
    return scan;
  };
  const scans: Scan[] = [];
  for (const path of options.paths) scans.push(await settledScanOf(path));
  const claims = [...scans.flatMap(claimsOf), ...trusted(options)];
  await readOn(scans, claims, (index) => scanOf(options.paths[index] as string));
  const problems = scans.flatMap((scan) => scan.problems);
  const report = scans.map(
    ({ name, logId, records, root }): LogReport => ({ name, logId, records, root, witnessedSize: 0 }),
  );
  for (const claim of claims) problems.push(...checkClaim(claim, scans, report));
  problems.push(...untrustedKeys(scans, options.trustedKeyIds));
  return {
    ok: problems.length === 0,
    logs: report,
    problems,
    notCovered: notCovered({ scans, report, claims, options }),
  };
}

/**
 * The threads that read a log began at different moments: one may miss a value or a record that was taken out since, and
 * another not yet know the record that says so. Only a log that went on meanwhile can be such a one.
 */
function hasGrown({ problems, records, piece }: Scan, path: string): boolean {
  if (problems.length === 0 || piece || !isDatabase(path)) return false;
  const source = databaseSource(path);
  source.close();
  return source.size !== undefined && source.size > records;
}

/** What a log says of others; a segment's head is a claim about the log it is a piece of. */
function claimsOf({ name, witnessed, piece, head }: Scan): Claim[] {
  return piece && head !== undefined ? [...witnessed, { by: name, head }] : witnessed;
}

/** A log that is being written may have gone on since it was read, and been seen by the other: then it is read again. */
async function readOn(
  scans: Scan[],
  claims: Claim[],
  again: (index: number) => Promise<Scan>,
): Promise<void> {
  for (const [index, scan] of scans.entries()) {
    const beyond = claims.some(({ head }) => head.logId === scan.logId && head.size > scan.records);
    if (beyond && !scan.piece) scans[index] = await again(index);
  }
}

function trusted(options: VerifyOptions): Claim[] {
  return (options.trustedHeads ?? []).map((head) => ({ by: 'the head given', head }));
}

function checkClaim(claim: Claim, scans: Scan[], report: LogReport[]): Problem[] {
  const { by, head } = claim;
  const same = scans.filter((scan) => scan.logId === head.logId && scan.name !== by);
  if (same.length === 0)
    return scans.some(({ logId }) => logId === head.logId) ? [] : strangers(claim, scans);
  const whole = same.filter(({ piece }) => !piece);
  // a piece tells nothing of what it does not reach to
  const scan = whole[0] ?? same.find(({ from, records }) => head.size > from && head.size <= records);
  if (scan === undefined) return [];
  const wrong = contradiction(head, scan);
  if (wrong !== undefined)
    return [
      {
        log: scan.name,
        seq: Math.min(head.size, scan.records),
        message: `${wrong} (${by}${claim.seq === undefined ? '' : ` record ${claim.seq}`})`,
      },
    ];
  const entry = report[scans.indexOf(scan)];
  if (entry !== undefined) entry.witnessedSize = Math.max(entry.witnessedSize, head.size);
  return [];
}

function contradiction(head: SignedHead, scan: Scan): string | undefined {
  if (!scan.keys.signed(head)) return "a witnessed head is not signed by this log's key";
  if (head.size > scan.records)
    return `cut off or set back: it had ${head.size} records at ${head.time}, now ${scan.records}`;
  const then = scan.rootAt(head.size);
  return then === head.root || then === undefined
    ? undefined
    : `rewritten: its first ${head.size} records are not those of ${head.time}`;
}

/** A witnessed log that is not here: replaced when a log of its kind stands in its place, else just not given. */
function strangers(claim: Claim, scans: Scan[]): Problem[] {
  const kind = claim.head.logId.split(':')[0];
  const replaced = scans.find((scan) => scan.logId?.split(':')[0] === kind);
  if (replaced === undefined) return [];
  return [
    {
      log: replaced.name,
      message: `replaced: ${claim.by} knows ${claim.head.logId} with ${claim.head.size} records, this one is ${replaced.logId}`,
    },
  ];
}

function untrustedKeys(scans: Scan[], keyIds: string[] | undefined): Problem[] {
  if (keyIds === undefined) return [];
  // each later key is vouched for by the one before it, so one that is known is enough
  const strange = scans.filter(({ keys }) => !keys.keys.some(({ keyId }) => keyIds.includes(keyId)));
  return strange.map(({ name, keys }) => ({
    log: name,
    message: `signed with ${keys.keys[0]?.keyId ?? 'no key'}, which is none of those given`,
  }));
}
