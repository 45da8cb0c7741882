// SPDX-License-Identifier: Apache-2.0
/** What a route declares: enough to serve it, to refuse what does not fit it, and to describe it in OpenAPI. */
import type { ServerResponse } from 'node:http';
import type { SourceDocument } from '../model/source-document.ts';
import type { Subject } from '../model/subject.ts';
import type { Service } from '../service/index.ts';

/** A JSON Schema (2020-12), as both ajv and OpenAPI 3.1 read it. */
export type Schema = Record<string, unknown>;

/** Who may call it; what they may do to a policy is for the rules to say. */
export type Access = 'anyone' | 'authenticated' | 'auditor' | 'platform';

export interface Context {
  service: Service;
  /** whoever asks; on a route for anyone: nobody */
  subject: Subject;
  params: Record<string, string>;
  query: Record<string, unknown>;
  headers: Record<string, string | undefined>;
  /** only where the route declares a body */
  source: SourceDocument;
  /** only where that body is an archive */
  bytes: Buffer;
  response: ServerResponse;
}

export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** the handler wrote the response itself */
  streamed?: true;
}

export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** with `{name}` for parameters */
  path: string;
  id: string;
  summary: string;
  access: Access;
  query?: Record<string, Schema>;
  /** JSON is checked by `schema`, a policy by the one reader of policies, an archive by whoever unpacks it */
  body?: { kind: 'json' | 'policy' | 'archive'; schema: Schema };
  answers: Record<number, { description: string; schema?: Schema; type?: string }>;
  handle(context: Context): Answer | Promise<Answer>;
}

/** What an archive may call itself; most clients know no better name than the last. */
export const ARCHIVE_TYPES = [
  'application/gzip',
  'application/vnd.openpolicyagent.bundles',
  'application/octet-stream',
];

export const PAGE_QUERY: Record<string, Schema> = {
  limit: { type: 'integer', minimum: 1, maximum: 500, default: 100 },
  after: { type: 'string', minLength: 1, maxLength: 600, description: 'the `next` of the page before' },
};

export function listOf(item: Schema): Schema {
  return {
    type: 'object',
    required: ['items'],
    properties: { items: { type: 'array', items: item }, next: { type: 'string' } },
  };
}
