// SPDX-License-Identifier: Apache-2.0
/**
 * Offline verification of one log, or of two that witness each other. A log alone proves that nothing inside it was
 * changed; that its end was not cut off, or all of it set back, only the other log's memory of its heads can tell.
 */
import type { SignedHead } from '../model/audit-record.ts';
import type { Claim, Problem } from './problem.ts';
import { type Scan, scanLog } from './scan.ts';
import { headIsSignedBy } from './signed-head.ts';
import { openSource } from './source.ts';

export interface LogReport {
  name: string;
  logId: string | undefined;
  records: number;
  root: string;
  /** up to where another log of this verification vouches that nothing is missing; 0 = no witness */
  witnessedSize: number;
}

export interface VerifyReport {
  ok: boolean;
  logs: LogReport[];
  problems: Problem[];
  /** what this verification cannot tell, in plain words */
  notCovered: string[];
}

export interface VerifyOptions {
  /** databases or exports, one or two */
  paths: string[];
  /** heads kept elsewhere (an earlier `audit checkpoint`): they must still be in their log's past */
  trustedHeads?: SignedHead[];
  /** keys known from elsewhere, by `keyId`; without one a log's key is the one its name commits to */
  trustedKeyIds?: string[];
}

export async function verifyLogs(options: VerifyOptions): Promise<VerifyReport> {
  const first = await scanAll(options.paths, new Map());
  const claims = [...first.flatMap((scan) => scan.witnessed), ...trusted(options)];
  const sizes = new Map<string, Set<number>>();
  for (const { head } of claims) sizes.set(head.logId, (sizes.get(head.logId) ?? new Set()).add(head.size));
  // read again after the claims: a log that is being written has reached by now whatever the other one saw of it
  const scans = claims.length === 0 ? first : await scanAll(options.paths, sizes);
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
    notCovered: notCovered(report, claims, options),
  };
}

async function scanAll(paths: string[], sizes: Map<string, Set<number>>): Promise<Scan[]> {
  const scans: Scan[] = [];
  for (const path of paths) {
    const source = await openSource(path);
    try {
      scans.push(await scanLog(source, sizes));
    } finally {
      source.close();
    }
  }
  return scans;
}

function trusted(options: VerifyOptions): Claim[] {
  return (options.trustedHeads ?? []).map((head) => ({ by: 'the head given', head }));
}

function checkClaim(claim: Claim, scans: Scan[], report: LogReport[]): Problem[] {
  const { by, head } = claim;
  const index = scans.findIndex((scan) => scan.logId === head.logId);
  const scan = scans[index];
  if (scan === undefined) return strangers(claim, scans);
  const wrong = contradiction(head, scan);
  if (wrong !== undefined)
    return [
      {
        log: scan.name,
        seq: Math.min(head.size, scan.records),
        message: `${wrong} (${by}${claim.seq === undefined ? '' : ` record ${claim.seq}`})`,
      },
    ];
  const entry = report[index];
  if (entry !== undefined) entry.witnessedSize = Math.max(entry.witnessedSize, head.size);
  return [];
}

function contradiction(head: SignedHead, scan: Scan): string | undefined {
  if (scan.publicKey === undefined || !headIsSignedBy(head, scan.publicKey))
    return "a witnessed head is not signed by this log's key";
  if (head.size > scan.records)
    return `cut off or set back: it had ${head.size} records at ${head.time}, now ${scan.records}`;
  const then = scan.rootAt.get(head.size);
  return then === head.root
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
  const strange = scans.filter((scan) => scan.keyId === undefined || !keyIds.includes(scan.keyId));
  return strange.map((scan) => ({
    log: scan.name,
    message: `signed with ${scan.keyId ?? 'no key'}, which is none of those given`,
  }));
}

function notCovered(logs: LogReport[], claims: Claim[], options: VerifyOptions): string[] {
  const given = new Set(logs.map((log) => log.logId));
  const absent = new Set(claims.map(({ head }) => head.logId).filter((logId) => !given.has(logId)));
  const others = [...absent].map((logId) => `${logId}: it is witnessed here but was not given`);
  const gaps = logs.map((log) => {
    const rest = log.records - log.witnessedSize;
    if (log.witnessedSize === 0)
      return `${log.name}: no witness: records cut off at the end, or the whole file set back, would not show`;
    return rest === 0
      ? []
      : `${log.name}: its last ${rest} records were not witnessed yet: cutting those off would not show`;
  });
  const keys =
    options.trustedKeyIds === undefined
      ? ['who made the keys: each log vouches for its own (give the known key ids to check)']
      : [];
  return [
    ...gaps.flat(),
    ...others,
    ...keys,
    'root on this host with both keys and both files can write two new logs that agree: only a head kept elsewhere shows that',
  ];
}
