// SPDX-License-Identifier: Apache-2.0
/** Bytes → plain value with lines. JSON is read as strict JSON, YAML by js-yaml's event parser; see `intake.ts` for policies. */
import { Fault } from '../errors.ts';
import { readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';
import { type DocumentFormat, LIMITS, type SourceDocument } from './source-document.ts';
import { excerpt, unreadable } from './source-text.ts';

export { LIMITS } from './source-document.ts';

const FORMATS: Record<string, DocumentFormat> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/x-yaml': 'yaml',
  'text/yaml': 'yaml',
  'text/x-yaml': 'yaml',
};

/** Format of a request body; Fault `unsupported-media` when missing, unknown or not UTF-8. */
export function formatOf(contentType: string | undefined): DocumentFormat {
  const [type = '', ...parameters] = (contentType ?? '').split(';').map((part) => part.trim().toLowerCase());
  const format = Object.hasOwn(FORMATS, type) ? FORMATS[type] : undefined;
  if (!format) {
    const what =
      type === ''
        ? 'the request names no content type'
        : `the content type "${excerpt(type)}" is not read here`;
    throw new Fault('unsupported-media', `${what}: send application/json or application/yaml`);
  }
  for (const parameter of parameters) {
    const charset = /^charset\s*=\s*"?([^"]*)"?$/.exec(parameter)?.[1];
    if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
      throw new Fault('unsupported-media', `the charset "${excerpt(charset)}" is not read here: send UTF-8`);
    }
  }
  return format;
}

/** Exactly one document. Throws Fault `unreadable` or `too-large`. */
export function readDocument(body: Uint8Array | string, format: DocumentFormat): SourceDocument {
  const [first, ...others] = readDocuments(body, format);
  if (!first) throw unreadable('the document is empty', 'send one TracingPolicy');
  if (others.length > 0)
    throw unreadable(`there are ${others.length + 1} documents in one request`, 'send them one by one');
  return first;
}

/** Every document of a file, in order; none when it is empty. */
export function readDocuments(body: Uint8Array | string, format: DocumentFormat): SourceDocument[] {
  const text = decoded(body);
  if (format === 'yaml') return readYaml(text);
  if (format === 'json') return [readJson(text)];
  return readEither(text);
}

/** A file without a telling name: what begins like JSON is JSON, unless only YAML can read it. */
function readEither(text: string): SourceDocument[] {
  if (!/^\s*[{[]/.test(text)) return readYaml(text);
  try {
    return [readJson(text)];
  } catch {
    return readYaml(text);
  }
}

function decoded(body: Uint8Array | string): string {
  const bytes = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  if (bytes > LIMITS.bodyBytes) {
    throw new Fault(
      'too-large',
      `the document has ${bytes} bytes, at most ${LIMITS.bodyBytes} are read: make it smaller`,
    );
  }
  const text = typeof body === 'string' ? body : utf8(body);
  if (!text.isWellFormed()) throw unreadable('the document holds half a surrogate pair', 'send it as UTF-8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(body: Uint8Array): string {
  try {
    return UTF8.decode(body);
  } catch {
    throw unreadable('the document is not valid UTF-8', 'save it as UTF-8');
  }
}
