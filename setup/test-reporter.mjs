// SPDX-License-Identifier: Apache-2.0
// One line per test file that passed, everything about what failed, and a last line a program can read.
const counts = { passed: 0, failed: 0, skipped: 0 };

const isTest = (data) => data.details?.type !== 'suite' && !(data.nesting === 0 && /\.test\.(ts|mjs)$/.test(data.name));

function failure(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  return `not ok ${data.file ? `${data.file.replace(/^.*\/test\//, 'test/')}: ` : ''}${data.name}\n${String(cause?.stack ?? cause).replace(/^/gm, '    ')}\n`;
}

export default async function* reporter(source) {
  for await (const { type, data } of source) {
    if (type === 'test:pass' && isTest(data)) {
      if (data.skip !== undefined && data.skip !== false) {
        counts.skipped++;
        yield `skipped ${data.name}: ${data.skip === true ? 'no reason given' : data.skip}\n`;
      } else if (data.todo !== undefined && data.todo !== false) {
        counts.skipped++;
        yield `todo ${data.name}\n`;
      } else {
        counts.passed++;
        if (process.env.TEST_VERBOSE) yield `ok ${data.name} (${Math.round(data.details.duration_ms)} ms)\n`;
      }
    } else if (type === 'test:fail') {
      if (isTest(data) || data.details?.error?.failureType !== 'subtestsFailed') {
        counts.failed++;
        yield failure(data);
      }
    } else if (type === 'test:stdout' || type === 'test:stderr' || type === 'test:diagnostic') {
      if (type !== 'test:diagnostic' || data.nesting > 0) yield data.message.endsWith('\n') ? data.message : `${data.message}\n`;
    }
  }
  yield `#counts ${JSON.stringify(counts)}\n`;
}
