// SPDX-License-Identifier: Apache-2.0
import { Fault } from '../errors.ts';
import { openForReading, storedTree } from './database.ts';
import { prunedBefore } from './pruner.ts';
import { type Scan, scanLog } from './scan-log.ts';
import { openSource } from './source.ts';

/** Up to which record the log can do without its own copy. Throws Fault `tampered` where a segment does not fit. */
export async function verifySegments({
  logPath,
  segments,
}: {
  logPath: string;
  segments: readonly string[];
}): Promise<number> {
  const scans: Scan[] = [];
  for (const path of segments) scans.push(await scanned(path));
  const database = openForReading(logPath);
  try {
    let before = prunedBefore(database);
    for (const { name, from, records, root } of scans.toSorted((a, b) => a.from - b.from)) {
      if (from > before)
        throw new Fault('bad-request', `a segment is missing: ${name} begins at ${from}, not at ${before}`);
      if (storedTree(database).rootAt(records) !== root)
        throw new Fault('tampered', `${name} is no segment of this log`);
      before = Math.max(before, records);
    }
    return before;
  } finally {
    database.close();
  }
}

async function scanned(path: string): Promise<Scan> {
  const source = await openSource(path);
  try {
    const scan = await scanLog(source);
    const [wrong] = scan.problems;
    if (!source.piece)
      throw new Fault('bad-request', `${path} is no segment: make one with \`tracegate audit seal\``);
    if (wrong) throw new Fault('tampered', `${path} does not verify: record ${wrong.seq}: ${wrong.message}`);
    return scan;
  } finally {
    source.close();
  }
}
