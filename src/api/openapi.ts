// SPDX-License-Identifier: Apache-2.0
/** The OpenAPI 3.1 document, made of the same declarations that check requests. */
import { ARCHIVE_TYPES, type Route, type Schema } from './route.ts';
import { COMPONENTS, ref } from './schemas.ts';

const ACCESS = {
  anyone: 'Anybody may.',
  authenticated: 'Anybody who is known may; the rules judge what they send.',
  auditor: 'Needs tracegate:auditors or tracegate:platform.',
  platform: 'Needs tracegate:platform.',
} as const;

export function openApi(routes: readonly Route[], version: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  return {
    openapi: '3.1.0',
    info: { title: 'Tracegate', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    security: [{ bearer: [] }],
    paths,
    components: { schemas: COMPONENTS, securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

function operation(route: Route): Record<string, unknown> {
  return {
    operationId: route.id,
    summary: route.summary,
    description: ACCESS[route.access],
    ...(route.access === 'anyone' ? { security: [] } : {}),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...(route.body === undefined ? {} : { requestBody: requestBody(route.body) }),
    responses: {
      ...answers(route),
      default: {
        description: 'why not',
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    },
  };
}

function pathParameters({ path }: Route): unknown[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function queryParameters({ query = {} }: Route): unknown[] {
  return Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema }));
}

function requestBody({ kind, schema }: NonNullable<Route['body']>): unknown {
  const types = {
    json: ['application/json'],
    policy: ['application/json', 'application/yaml'],
    archive: ARCHIVE_TYPES,
  }[kind];
  return { required: true, content: Object.fromEntries(types.map((type) => [type, { schema }])) };
}

function answers({ answers: declared }: Route): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(declared).map(([status, { description, schema, type }]) => {
      const content: Schema | undefined =
        schema === undefined && type === undefined
          ? undefined
          : { [type ?? 'application/json']: schema === undefined ? {} : { schema } };
      return [status, { description, ...(content === undefined ? {} : { content }) }];
    }),
  );
}
