// SPDX-License-Identifier: Apache-2.0
/** What a rule's syntax tree tells: work that grows with the square of a policy, and answers that change by themselves. */
export interface Remark {
  rule: string;
  row: number;
  col: number;
  message: string;
}

interface Place {
  row: number;
  col: number;
}

interface Node {
  type?: string;
  value?: unknown;
  location?: Place;
  [key: string]: unknown;
}

const CHANGING = new Set([
  'time.now_ns',
  'http.send',
  'rand.intn',
  'uuid.rfc4122',
  'opa.runtime',
  'net.lookup_ip_addr',
]);
const COMPREHENSIONS = new Set(['arraycomprehension', 'setcomprehension', 'objectcomprehension']);
const HOOKS = new Set(['input.policy.hooks', 'lib.hooks', 'data.tracegate.lib.hooks']);

/** Remarks on one module as `opa parse --format json --json-include locations` gives it. */
export function lintSyntax(module: unknown): Remark[] {
  const remarks: Remark[] = [];
  const { rules = [] } = module as { rules?: Node[] };
  for (const rule of rules) {
    changing(rule, remarks);
    for (const body of bodiesOf(rule)) loops(body, 0, remarks);
  }
  return remarks;
}

function bodiesOf(rule: Node): unknown[][] {
  const others = rule.else === undefined ? [] : bodiesOf(rule.else as Node);
  return [[rule.head], ...(Array.isArray(rule.body) ? [rule.body] : []), ...others];
}

function changing(node: unknown, remarks: Remark[]): void {
  if (typeof node !== 'object' || node === null) return;
  const name = refName(node as Node);
  const { location } = node as Node;
  if (name !== undefined && CHANGING.has(name) && location) {
    const instead = name.startsWith('time.') ? ': read input.time' : ': pass what it tells as data';
    remarks.push({
      ...at(location),
      rule: 'deterministic',
      message: `${name} answers otherwise each time, and a decision could not be replayed${instead}`,
    });
  }
  for (const child of Object.values(node)) changing(child, remarks);
}

/** The dotted name of a reference, as far as it is constant. */
function refName({ type, value }: Node): string | undefined {
  if (type !== 'ref' || !Array.isArray(value)) return undefined;
  const parts = value as Node[];
  const end = parts.findIndex((part, index) => index > 0 && part.type !== 'string');
  return (end < 0 ? parts : parts.slice(0, end)).map((part) => String(part.value)).join('.');
}

/** `outer`: how many loops over the hooks are around this body. */
function loops(body: readonly unknown[], outer: number, remarks: Remark[]): void {
  const own: Place[] = [];
  const inner: unknown[][] = [];
  for (const expression of body) collect(expression, own, inner);
  const [first, second] = own;
  if (first && outer > 0) remarks.push(quadratic(first));
  else if (second) remarks.push(quadratic(second));
  for (const nested of inner) loops(nested, outer + own.length, remarks);
}

function quadratic(place: Place): Remark {
  return {
    ...at(place),
    rule: 'quadratic',
    message:
      'this walks over the hooks within a walk over the hooks: a policy of a thousand hooks would take a million turns; make a look-up first, and use it',
  };
}

function collect(node: unknown, own: Place[], inner: unknown[][]): void {
  if (typeof node !== 'object' || node === null) return;
  const { type, value, location, domain, body } = node as Node;
  if (type !== undefined && COMPREHENSIONS.has(type)) {
    const { term, key, value: held, body: within } = value as Node;
    return void inner.push([term, key, held, ...((within as unknown[]) ?? [])]);
  }
  if (domain !== undefined && Array.isArray(body)) {
    const every: unknown[] = walksHooks(domain) ? [{ symbols: [domain], location }] : [domain];
    return void inner.push([...every, ...body]);
  }
  if (isWalk(node as Node) && location) own.push(location);
  for (const child of Object.values(node)) collect(child, own, inner);
}

/** `some x in hooks`, and `hooks[_]` with a variable. */
function isWalk(node: Node): boolean {
  if (node.type === 'ref' && Array.isArray(node.value)) {
    const parts = node.value as Node[];
    const at = parts.findIndex((part, index) => index > 0 && part.type === 'var');
    return (
      at > 0 &&
      HOOKS.has(
        parts
          .slice(0, at)
          .map((part) => String(part.value))
          .join('.'),
      )
    );
  }
  const [symbol] = Array.isArray(node.symbols) ? (node.symbols as Node[]) : [];
  if (symbol === undefined) return false;
  if (symbol.type === 'call' && Array.isArray(symbol.value))
    return walksHooks((symbol.value as unknown[]).at(-1));
  return walksHooks(symbol);
}

function walksHooks(node: unknown): boolean {
  const name = refName((node ?? {}) as Node);
  return name !== undefined && HOOKS.has(name);
}

const at = ({ row, col }: Place): Place => ({ row, col });
