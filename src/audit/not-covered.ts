// SPDX-License-Identifier: Apache-2.0
/** What a verification cannot tell, said as exactly as what it can. */
import type { Claim } from './problem.ts';
import type { Scan } from './scan-log.ts';
import type { LogReport, VerifyOptions } from './verify-report.ts';

export interface Verified {
  scans: Scan[];
  report: LogReport[];
  claims: Claim[];
  options: VerifyOptions;
}

export function notCovered({ scans, report, claims, options }: Verified): string[] {
  const given = new Set(scans.map(({ logId }) => logId));
  const absent = new Set(claims.map(({ head }) => head.logId).filter((logId) => !given.has(logId)));
  return [
    ...scans.flatMap((scan, at) => openEnd(scan, report[at])),
    ...scans.flatMap(({ name, notes }) =>
      notes.map((note) => `${name}: ${note}, as far as this piece tells`),
    ),
    ...[...absent].map((logId) => `${logId}: it is witnessed here but was not given`),
    ...(options.trustedKeyIds === undefined
      ? ['who made the keys: each log vouches for its own (give the known key ids to check)']
      : []),
    ...powersOfRoot(report),
  ];
}

function openEnd({ name, from, records, piece }: Scan, report: LogReport | undefined): string[] {
  if (piece)
    return [`${name}: a segment, records ${from} to ${records - 1}: what came after it is not in it`];
  const witnessed = report?.witnessedSize ?? 0;
  if (witnessed === 0)
    return [`${name}: no witness: records cut off at the end, or the whole file set back, would not show`];
  const rest = records - witnessed;
  return rest === 0
    ? []
    : [`${name}: its last ${rest} records were not witnessed yet: cutting those off would not show`];
}

/** Said of the numbers at hand, so that nobody takes the verdict for more than it is. */
function powersOfRoot(report: LogReport[]): string[] {
  const bounds = report.map(({ name, witnessedSize }) => `${name} from record ${witnessedSize}`).join(', ');
  return [
    `root on this host with a log's key could, before the next checkpoint leaves the host, change, leave out or add what no head kept elsewhere covers: ${bounds}`,
    'root on this host with both keys and both files can write two new logs that agree: only a head kept elsewhere shows that',
    'what never was a record: somebody who stops the process, or answers for it, keeps things out of the log; a missing end and a gap in time show that, not what happened in it',
  ];
}
