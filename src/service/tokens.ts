// SPDX-License-Identifier: Apache-2.0
/** Bearer tokens: `tg_<id>_<secret>`, 256 random bits, shown once; the store keeps a hash of the secret. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditLog } from '../audit/index.ts';
import { Fault } from '../errors.ts';
import type { Door } from '../model/decision.ts';
import type { Subject } from '../model/subject.ts';
import type { Store, TokenRecord } from '../store/index.ts';

export type TokenView = Omit<TokenRecord, 'hash'>;

export interface NewToken {
  user: string;
  groups: string[];
  /** RFC 3339 */
  expires?: string;
}

export interface TokensDeps {
  store: Store;
  audit: AuditLog;
  now: () => Date;
}

interface By {
  subject: Subject;
  door?: Door;
}

export class Tokens {
  readonly #deps: TokensDeps;

  constructor(deps: TokensDeps) {
    this.#deps = deps;
  }

  create({ user, groups, expires }: NewToken, by: By): { token: string; view: TokenView } {
    const now = this.#deps.now();
    if (expires !== undefined && !(Date.parse(expires) > now.getTime())) {
      throw new Fault(
        'bad-request',
        `a token that expires at ${expires} would be of no use: give a time to come`,
      );
    }
    const id = randomBytes(6).toString('hex');
    const secret = randomBytes(32).toString('base64url');
    const created = { id, user, groups, created: now.toISOString(), createdBy: by.subject.user };
    const view = expires === undefined ? created : { ...created, expires };
    this.#note('token.created', id, by, { user, groups, expires });
    this.#deps.store.addToken({ ...view, hash: hashOf(secret) });
    return { token: `tg_${id}_${secret}`, view };
  }

  list(): TokenView[] {
    return this.#deps.store.listTokens().map(({ hash: _, ...view }) => view);
  }

  revoke(id: string, by: By): void {
    const token = this.#deps.store.findToken(id);
    if (token === undefined)
      throw new Fault('not-found', `there is no token ${id}: list them with \`tracegate token list\``);
    if (token.revoked !== undefined) return;
    this.#note('token.revoked', id, by, { user: token.user });
    this.#deps.store.revokeToken(id, this.#deps.now().toISOString());
  }

  /** Who the token stands for; undefined for anything that is not a token in force, without saying what is wrong. */
  authenticate(token: string): Subject | undefined {
    const [prefix, id, secret, ...rest] = split(token);
    if (prefix !== 'tg' || id === undefined || secret === undefined || rest.length > 0) return undefined;
    const record = this.#deps.store.findToken(id);
    // a token that does not exist costs as much as one that does
    const right = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(record?.hash ?? '0'.repeat(64)));
    if (record === undefined || !right || record.revoked !== undefined) return undefined;
    if (record.expires !== undefined && Date.parse(record.expires) <= this.#deps.now().getTime())
      return undefined;
    return { user: record.user, groups: record.groups, uid: `token:${record.id}` };
  }

  #note(type: string, object: string, { subject, door }: By, body: Record<string, unknown>): void {
    const actor = { user: subject.user, groups: subject.groups, ...(door === undefined ? {} : { door }) };
    this.#deps.audit.append([{ type, object, actor, body }]);
  }
}

export const ADMIN_TOKEN_FILE = 'admin.token';

/** Makes the first token when none was ever made, and writes it where only the state directory's owner reads it. */
export function ensureAdminToken(tokens: Tokens, stateDir: string): string {
  const path = join(stateDir, ADMIN_TOKEN_FILE);
  if (existsSync(path) || tokens.list().length > 0) return path;
  const subject = { user: 'tracegate', groups: [] };
  const { token } = tokens.create({ user: 'admin', groups: ['tracegate:platform'] }, { subject });
  writeFileSync(`${path}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return path;
}

function split(token: string): string[] {
  const parts = token.split('_');
  // the secret is base64url, which may hold underscores of its own
  return parts.length > 3 ? [parts[0] ?? '', parts[1] ?? '', parts.slice(2).join('_')] : parts;
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
