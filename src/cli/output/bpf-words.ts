// SPDX-License-Identifier: Apache-2.0
/** eBPF in one line each: who did what, to what. */
import type { AuditRecord } from '../../model/audit-record.ts';
import type { BpfAttachment, BpfCulprit, BpfOrigin } from '../../model/bpf.ts';

/** `/usr/sbin/bpftool[812] uid 0, cron.service` */
export function culpritWords(by: BpfCulprit | undefined): string {
  if (!by) return '-';
  if (by.kernel) return `the kernel (${by.comm})`;
  const place = by.pod ?? by.container ?? by.unit;
  const program = `${by.exe?.path ?? by.comm}[${by.pid}]`;
  const deleted = by.exe?.deleted ? ' (deleted)' : '';
  return `${program}${deleted} uid ${by.uid}${place === undefined ? '' : `, ${place}`}`;
}

/** By whom an object came, as far as that is known. */
export function originWords({ since, by, heldBy }: BpfOrigin): string {
  if (by) return culpritWords(by);
  const held = heldBy?.map(({ pid, binary }) => `${binary || '?'}[${pid}]`).join(' ');
  const when = since === 'missed' ? 'unseen' : 'before the agent';
  return held ? `${when}, held by ${held}` : when;
}

export function attachmentWords(attached: readonly BpfAttachment[]): string {
  if (attached.length === 0) return '-';
  return attached
    .map(({ how, attachType, target }) => [how, attachType, target].filter(Boolean).join(' '))
    .join('; ');
}

const texts = (...parts: unknown[]): string =>
  parts
    .filter((part) => part !== undefined && part !== '')
    .map(String)
    .join(' ');

type Body = Record<string, unknown> & {
  program?: { type?: string; name?: string; tag?: string; attachTo?: string } | number;
  link?: { type?: string; target?: string };
  map?: { type?: string; name?: string };
};

/** What a record is about. */
export function activityWords({ object, body }: AuditRecord): string {
  const { program, link, map, how, target, attachType, path, command, error, what } = body as Body;
  const { rule, severity, message, count, reason } = body as Body;
  if (rule !== undefined) return texts(object, rule, `${severity}:`, message);
  if (reason !== undefined) return texts(count, 'not judged:', reason);
  const of = typeof program === 'object' ? texts(program.type, program.name, program.attachTo) : '';
  const on = link ? texts(link.type, 'link', link.target) : texts(how, attachType, target);
  const failed = error === undefined ? '' : `(${error})`;
  return texts(object, of, on, map?.type, map?.name, path, command, what, failed) || '-';
}
