// SPDX-License-Identifier: Apache-2.0
/** What kubectl shows of a decision. It prints the message after `denied the request: `, and each warning on a line. */
import type { Decision } from '../src/model/decision.ts';
import type { Finding } from '../src/model/finding.ts';

const WARNING_LIMIT = 256;
/** The API server cuts warnings up once all of them together pass 4096 characters, from whatever source. */
const WARNINGS_LIMIT = 3_000;
const MESSAGE_LIMIT = 8_000;

export function denialMessage(decision: Decision): string {
  const denials = decision.findings.filter(({ severity }) => severity === 'deny');
  const lines = denials.map(denialLines);
  const tail = `\n  decision ${decision.id}, rules ${decision.rules.revision} (${decision.rules.profile})`;
  let message = `${placeIn(decision.policy.name) || 'the policy'} is not let in:`;
  for (const [index, line] of lines.entries()) {
    if (message.length + line.length > MESSAGE_LIMIT) {
      message += `\n  and ${lines.length - index} more`;
      break;
    }
    message += line;
  }
  return message + tail;
}

function denialLines({ rule, path, message, fix }: Finding): string {
  const where = path === '' ? '' : ` ${placeIn(path)}:`;
  const how = fix === undefined ? '' : `\n    fix: ${printable(fix)}`;
  return `\n  ${rule}${where} ${printable(message)}${how}`;
}

export function warningsOf(decision: Decision): string[] {
  const all = decision.findings.filter(({ severity }) => severity === 'warn').map(warningText);
  const kept: string[] = [];
  let length = 0;
  for (const [index, warning] of all.entries()) {
    length += warning.length;
    if (length > WARNINGS_LIMIT)
      return [...kept, `and ${all.length - index} more: see decision ${decision.id}`];
    kept.push(warning);
  }
  return kept;
}

function warningText({ rule, path, message }: Finding): string {
  return cut(`${rule}: ${printable(message)}${path === '' ? '' : ` (${placeIn(path)})`}`, WARNING_LIMIT);
}

/** A pointer is made of the document's own keys, and may be as long as they are. */
function placeIn(path: string): string {
  return cut(printable(path), 200);
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

/** A terminal is at the other end: what came from a document must not steer it. */
function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '�');
}
