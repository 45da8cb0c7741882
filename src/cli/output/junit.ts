// SPDX-License-Identifier: Apache-2.0
/** JUnit XML: one test case a policy. A denial is a failure, a file that could not be judged an error. */
import type { Finding } from '../../model/finding.ts';
import { findingsOf, type Result, titleOf } from '../review/result.ts';

export function junitOf(results: readonly Result[]): string {
  const failures = results.filter(({ decision }) => decision && !decision.allowed).length;
  const errors = results.filter(({ fault }) => fault).length;
  const counts = `tests="${results.length}" failures="${failures}" errors="${errors}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="tracegate review" ${counts}>`,
    ...results.map(caseOf),
    '  </testsuite>',
    '</testsuites>\n',
  ].join('\n');
}

function caseOf(result: Result): string {
  const open = `    <testcase classname="${xml(result.file)}" name="${xml(titleOf(result))}"`;
  if (result.decision?.allowed) return `${open}/>`;
  const element = result.decision ? 'failure' : 'error';
  const findings = findingsOf(result).filter(({ severity }) => severity === 'deny');
  const summary = findings[0]?.message ?? 'denied';
  return [
    `${open}>`,
    `      <${element} message="${xml(summary)}">${xml(findings.map(lineOf).join('\n'))}</${element}>`,
    '    </testcase>',
  ].join('\n');
}

function lineOf({ rule, line, path, message, fix }: Finding): string {
  return `${rule}${line === undefined ? '' : ` line ${line}`} ${path}: ${message}${fix === undefined ? '' : `: ${fix}`}`;
}

function xml(text: string): string {
  // XML 1.0 cannot hold most control characters, not even escaped
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is replaced
  const held = text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd');
  return held
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
