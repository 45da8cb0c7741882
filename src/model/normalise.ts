// SPDX-License-Identifier: Apache-2.0
/**
 * Valid document → normal form, and the language check: what the document asks for and this version's runtime
 * cannot do is a problem that names the field. Nothing a policy says is ever dropped in silence.
 */
import { digestOf } from './digest.ts';
import type { PolicyDocument, PolicySpec } from './document.ts';
import { checkLists } from './language/calls.ts';
import { checkCapacity } from './language/capacity.ts';
import { asksEnforcer, checkEnforcers, enforcerHooks } from './language/enforcers.ts';
import { floodBounds } from './language/floods.ts';
import { kprobeHooks, lsmHook, tracepointHook } from './language/hooks.ts';
import { killBudget } from './language/kill-budget.ts';
import { type Ledger, newLedger, refuse } from './language/ledger.ts';
import { POLICY_LIMITS } from './language/limits.ts';
import { loaderHook } from './language/loader.ts';
import { checkMacros, macrosOf } from './language/macros.ts';
import { withForm } from './language/object-form.ts';
import { normalOptions } from './language/options.ts';
import { uprobeHooks } from './language/uprobes.ts';
import { usdtHook } from './language/usdts.ts';
import { scopesOf } from './language/workloads.ts';
import type { Problem } from './metadata.ts';
import type { NormalHook, NormalPolicy } from './normal-policy.ts';

const OF_THE_HOST = ['uprobes', 'usdts'] as const;

export interface Normalised {
  /** to be used only when there are no problems */
  normal: NormalPolicy;
  problems: Problem[];
  notes: Problem[];
}

/** Expects a document that passed `validate`. */
export function normalise(document: PolicyDocument): Normalised {
  const { spec, metadata, kind } = document;
  const ledger = newLedger(macrosOf(spec), (spec.lists ?? []) as unknown[]);
  const namespace = kind === 'TracingPolicyNamespaced' ? metadata.namespace || 'default' : undefined;
  const hooks = withForm(ledger, metadata.annotations, hooksOf(ledger, spec));
  checkRest(ledger, spec, kind);
  const normal: NormalPolicy = {
    kind,
    name: metadata.name,
    ...(namespace !== undefined && { namespace }),
    digest: digestOf(document),
    labels: { ...metadata.labels },
    annotations: { ...metadata.annotations },
    ...normalOptions(ledger, spec),
    hooks,
    ...scopesOf(ledger, spec, namespace),
    ...floodBounds(ledger, metadata.annotations, hooks),
    ...killBudget(ledger, metadata.annotations),
  };
  return { normal, problems: ledger.problems, notes: ledger.notes };
}

function hooksOf(ledger: Ledger, spec: PolicySpec): NormalHook[] {
  const hooks = [
    ...(spec.kprobes ?? []).flatMap((kprobe, index) =>
      kprobeHooks(ledger, spec, kprobe, `/spec/kprobes/${index}`),
    ),
    ...(spec.fentries ?? []).flatMap((fentry, index) =>
      kprobeHooks(ledger, spec, fentry, `/spec/fentries/${index}`),
    ),
    ...(spec.tracepoints ?? []).flatMap((tracepoint, index) =>
      asksEnforcer(tracepoint)
        ? enforcerHooks(ledger, spec, tracepoint, `/spec/tracepoints/${index}`)
        : tracepointHook(ledger, tracepoint, `/spec/tracepoints/${index}`),
    ),
    ...(spec.lsmhooks ?? []).map((hook, index) => lsmHook(ledger, hook, `/spec/lsmhooks/${index}`)),
    ...(spec.uprobes ?? []).flatMap((hook, index) => uprobeHooks(ledger, hook, `/spec/uprobes/${index}`)),
    ...(spec.usdts ?? []).map((hook, index) => usdtHook(ledger, hook, `/spec/usdts/${index}`)),
    ...(spec.loader ? [loaderHook()] : []),
  ];
  // the hooks of a list are one entry of the document
  for (const [index, hook] of hooks.entries())
    if (hooks[index - 1]?.path !== hook.path) checkCapacity(ledger, hook);
  if (hooks.length > POLICY_LIMITS.hooks) {
    refuse(
      ledger,
      '/spec',
      `the policy has ${hooks.length} hooks, at most ${POLICY_LIMITS.hooks} are possible`,
      'split it',
    );
  }
  return hooks;
}

function checkRest(ledger: Ledger, spec: PolicySpec, kind: PolicyDocument['kind']): void {
  checkLists(ledger, spec);
  checkEnforcers(ledger, spec);
  if (kind === 'TracingPolicyNamespaced' && spec.loader) {
    const message = 'files are mapped by every process of the host: a namespaced policy cannot tell its own';
    refuse(ledger, '/spec/loader', message, 'use a TracingPolicy');
  }
  for (const section of OF_THE_HOST) {
    if (kind !== 'TracingPolicyNamespaced' || (spec[section] ?? []).length === 0) continue;
    const message = 'a program of the host belongs to no namespace: a namespaced policy cannot hook it';
    refuse(ledger, `/spec/${section}`, message, 'use a TracingPolicy');
  }
  checkMacros(ledger, spec);
  const entries = ['kprobes', 'fentries', 'tracepoints', 'lsmhooks', ...OF_THE_HOST, 'loader'].some(
    (name) => {
      const section = spec[name];
      return Array.isArray(section) ? section.length > 0 : section === true;
    },
  );
  if (!entries)
    refuse(
      ledger,
      '/spec',
      'the policy hooks nothing',
      'add kprobes, tracepoints, lsmhooks, uprobes, usdts or loader: true',
    );
}
