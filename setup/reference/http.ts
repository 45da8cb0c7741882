// SPDX-License-Identifier: Apache-2.0
// docs/http.md, from the declarations of the routes: the same that check requests and make the OpenAPI document.
import type { Access, Route } from '../../src/api/route.ts';
import { ROUTES } from '../../src/api/routes/index.ts';
import { code, codes, page, table } from './markdown.ts';

const WHO: Record<Access, string> = {
  anyone: 'anybody',
  authenticated: 'anybody known',
  auditor: 'auditors, platform',
  platform: 'platform',
};

function row(route: Route): string[] {
  return [
    `${code(`${route.method.toUpperCase()} ${route.path}`)}`,
    route.summary,
    WHO[route.access],
    codes(Object.keys(route.query ?? {})),
    Object.keys(route.answers).join(', '),
  ];
}

export function httpPage(): string {
  return page('HTTP', 'setup/build-reference.mjs, from src/api/routes', [
    'HTTPS with a bearer token, or the Unix socket `gate.sock` in the state directory for administrators of the host. JSON;',
    'a policy may be sent as YAML. Shapes are in `GET /v1/openapi.json`. Whatever goes wrong is problem+json with a code of',
    '[errors.md](errors.md).',
    '',
    ...table(['request', 'what it does', 'who may', 'query', 'answers'], ROUTES.map(row)),
    '',
    'Beside these: `GET /v1/openapi.json`, `GET /metrics`, and `POST /webhooks/tracingpolicies/validate` for API servers',
    '(AdmissionReview v1).',
  ]);
}
