// SPDX-License-Identifier: Apache-2.0
/** SARIF 2.1.0: what code scanning takes. A file that could not be judged makes the run an unsuccessful one. */
import type { RuleEntry } from '../../guardrails/index.ts';
import type { Finding } from '../../model/finding.ts';
import { findingsOf, type Result, titleOf } from '../review/result.ts';
import { spanOf } from './excerpt.ts';

const LEVELS = { deny: 'error', warn: 'warning', info: 'note' } as const;

export function sarifOf(results: readonly Result[], catalogue: readonly RuleEntry[]): object {
  const judged = results.filter(({ decision }) => decision !== undefined);
  const found = judged.flatMap((result) => findingsOf(result).map((finding) => ({ result, finding })));
  const ids = [...new Set(found.map(({ finding }) => finding.rule))].sort();
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'tracegate', rules: ids.map((id) => ruleOf(id, catalogue)) } },
        invocations: [
          {
            executionSuccessful: judged.length === results.length,
            toolExecutionNotifications: results.filter(({ fault }) => fault).map(notificationOf),
          },
        ],
        results: found.map(({ result, finding }) => ({
          ruleId: finding.rule,
          ruleIndex: ids.indexOf(finding.rule),
          level: LEVELS[finding.severity],
          message: { text: textOf(finding) },
          ...suppressedBy(result, finding),
          locations: [
            {
              ...locationOf(result, finding),
              logicalLocations: [{ fullyQualifiedName: `${titleOf(result)}${finding.path}` }],
            },
          ],
        })),
      },
    ],
  };
}

/** An excepted finding, as code scanning knows it: accepted, and by whose word. */
function suppressedBy({ decision }: Result, { exception }: Finding): object {
  const by = decision?.exceptions?.find(({ id }) => id === exception);
  if (by === undefined) return {};
  const { id, approver, ticket, expires, reason } = by;
  const justification = `exception ${id}, approved by ${approver}, ${ticket}, until ${expires}: ${reason}`;
  return { suppressions: [{ kind: 'external', status: 'accepted', justification }] };
}

const textOf = ({ message, fix }: Finding): string => (fix === undefined ? message : `${message}: ${fix}`);

function ruleOf(id: string, catalogue: readonly RuleEntry[]): object {
  const entry = catalogue.find((rule) => rule.id === id);
  if (!entry) return { id };
  const { name, title, why, fix } = entry;
  return { id, name, shortDescription: { text: title }, fullDescription: { text: why }, help: { text: fix } };
}

function notificationOf(result: Result): object {
  const [finding] = findingsOf(result);
  return {
    level: 'error',
    message: { text: finding?.message ?? '' },
    locations: [locationOf(result, finding)],
  };
}

function locationOf({ file, lines }: Result, finding: Finding | undefined): object {
  // more than one slash at the beginning would name a host
  const uri = file.replace(/^\/+/, '/').split('/').map(encodeURIComponent).join('/');
  const span = finding === undefined ? undefined : spanOf(lines, finding);
  const columns = span === undefined ? {} : { startColumn: span.column, endColumn: span.end };
  const region = { startLine: finding?.line ?? 1, ...columns };
  return { physicalLocation: { artifactLocation: { uri }, region } };
}
