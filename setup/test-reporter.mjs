// SPDX-License-Identifier: Apache-2.0
// One line per test file that passed, everything about what failed, and a last line a program can read.
import { basename } from 'node:path';

const counts = { passed: 0, failed: 0, skipped: 0 };
const files = {};

const isTest = (data) =>
  data.details?.type !== 'suite' && !(data.nesting === 0 && /\.test\.(ts|mjs)$/.test(data.name));

function failure(data) {
  const error = data.details?.error;
  const cause = error?.cause ?? error;
  return `not ok ${data.file ? `${data.file.replace(/^.*\/test\//, 'test/')}: ` : ''}${data.name}\n${String(cause?.stack ?? cause).replace(/^/gm, '    ')}\n`;
}

const given = (mark) => mark !== undefined && mark !== false;

function countFile({ file }) {
  const name = file && basename(file).replace(/\.test\.\w+$/, '');
  if (name) files[name] = (files[name] ?? 0) + 1;
}

function passed(data) {
  if (!isTest(data)) return '';
  countFile(data);
  if (given(data.skip)) {
    counts.skipped++;
    return `skipped ${data.name}: ${data.skip === true ? 'no reason given' : data.skip}\n`;
  }
  if (given(data.todo)) {
    counts.skipped++;
    return `todo ${data.name}\n`;
  }
  counts.passed++;
  return process.env.TEST_VERBOSE ? `ok ${data.name} (${Math.round(data.details.duration_ms)} ms)\n` : '';
}

function failed(data) {
  if (!isTest(data) && data.details?.error?.failureType === 'subtestsFailed') return '';
  counts.failed++;
  countFile(data);
  return failure(data);
}

const said = ({ message }) => (message.endsWith('\n') ? message : `${message}\n`);

const LINES = {
  'test:pass': passed,
  'test:fail': failed,
  'test:stdout': said,
  'test:stderr': said,
  'test:diagnostic': (data) => (data.nesting > 0 ? said(data) : ''),
};

// biome-ignore lint/style/noDefaultExport: node takes a reporter from the default export
export default async function* reporter(source) {
  for await (const { type, data } of source) {
    const line = LINES[type]?.(data);
    if (line) yield line;
  }
  if (process.env.LAB_KERNEL) yield `#files ${JSON.stringify(files)}\n`;
  yield `#counts ${JSON.stringify(counts)}\n`;
}
