// SPDX-License-Identifier: Apache-2.0
/**
 * Is it a TracingPolicy at all? Defaults first (the API server judges a defaulted object, so every door must),
 * then the CRD schema, its CEL rules, and the rules every Kubernetes object obeys. All problems are told at once.
 */
import type { ErrorObject, ValidateFunction } from 'ajv';
import { makeValidator } from '#validator';
import { applyDefaults } from './crd/defaults.ts';
import { SPEC_SCHEMAS } from './crd/definitions.ts';
import { API_VERSION, type PolicyKind } from './document.ts';
import { doubtProblems } from './doubts.ts';
import { type Finding, INVALID_RULE } from './finding.ts';
import { metadataProblems, type Problem } from './metadata.ts';
import { suggestion } from './near-match.ts';
import { problemOf } from './schema-findings.ts';
import type { SourceDocument } from './source-document.ts';
import { excerpt } from './source-text.ts';

export const KINDS: readonly PolicyKind[] = ['TracingPolicy', 'TracingPolicyNamespaced'];
/** A hopeless document does not get a finding per field. */
const MOST_FINDINGS = 100;

/** Findings of a document; empty when it is a valid TracingPolicy. Fills defaults into the document's value. */
export function validate(source: SourceDocument): Finding[] {
  const problems = problemsOf(source);
  const doubtful = doubtProblems(source);
  const settled = new Set(doubtful.map((problem) => problem.pointer));
  const all = [...doubtful, ...problems.filter((problem) => !settled.has(problem.pointer))];
  return findingsOf(source, all);
}

/** Problems as findings of rule TPG-001, in the order of the text, each with its line. */
export function findingsOf(source: Pick<SourceDocument, 'lineOf'>, problems: readonly Problem[]): Finding[] {
  const findings = shortened(problems).map(({ pointer, message, fix }): Finding => {
    const line = source.lineOf(pointer);
    return {
      rule: INVALID_RULE,
      severity: 'deny',
      path: pointer,
      ...(line === undefined ? {} : { line }),
      message,
      ...(fix === undefined ? {} : { fix }),
    };
  });
  return findings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
}

function shortened(problems: readonly Problem[]): readonly Problem[] {
  if (problems.length <= MOST_FINDINGS) return problems;
  const more = {
    pointer: '',
    message: `there are ${problems.length - MOST_FINDINGS} more problems`,
    fix: 'mend these first',
  };
  return [...problems.slice(0, MOST_FINDINGS), more];
}

function problemsOf({ value }: SourceDocument): Problem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [
      {
        pointer: '',
        message: 'the document is not a mapping',
        fix: 'send an object with apiVersion, kind, metadata and spec',
      },
    ];
  }
  const document = value as Record<string, unknown>;
  const envelope = envelopeProblems(document);
  // of another kind's document nothing more can be said
  if (envelope.some(({ pointer }) => pointer === '/kind')) return envelope;
  const kind = KINDS.includes(document.kind as PolicyKind) ? (document.kind as PolicyKind) : 'TracingPolicy';
  const broken = applyDefaults(SPEC_SCHEMAS[kind], document.spec, '/spec');
  const check = validatorOf(kind);
  const errors = check(document) ? [] : (check.errors ?? []);
  const metadata = document.metadata;
  return [
    ...envelope,
    ...telling(errors).map(problemOf),
    ...broken,
    ...(typeof metadata === 'object' && metadata !== null
      ? metadataProblems(kind, metadata as Record<string, unknown>)
      : []),
  ];
}

/** Of a value of the wrong type nothing else is worth saying. */
function telling(errors: readonly ErrorObject[]): ErrorObject[] {
  const mistyped = new Set(
    errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath),
  );
  return errors.filter(({ keyword, instancePath }) => keyword === 'type' || !mistyped.has(instancePath));
}

function envelopeProblems({ apiVersion, kind }: Record<string, unknown>): Problem[] {
  const problems: Problem[] = [];
  if (typeof apiVersion === 'string' && apiVersion !== API_VERSION) {
    problems.push({
      pointer: '/apiVersion',
      message: `"${excerpt(apiVersion)}" is not the apiVersion of a TracingPolicy`,
      fix: `write ${API_VERSION}`,
    });
  }
  if (typeof kind === 'string' && !KINDS.includes(kind as PolicyKind)) {
    problems.push({
      pointer: '/kind',
      message: `the kind "${excerpt(kind)}" is not judged here`,
      fix: kindFix(kind),
    });
  }
  return problems;
}

/** As `kubectl get -o yaml` prints several. */
function kindFix(kind: string): string {
  if (/List$/.test(kind)) return 'write its items one by one, with a line of --- between them';
  return /namespaced/i.test(kind) ? 'use TracingPolicyNamespaced' : suggestion(kind, KINDS);
}

const VALIDATORS = new Map<PolicyKind, ValidateFunction>();

/** Made on first use: a command that reads no policy never pays for it. */
function validatorOf(kind: PolicyKind): ValidateFunction {
  const known = VALIDATORS.get(kind);
  if (known) return known;
  const validator = makeValidator(kind);
  VALIDATORS.set(kind, validator);
  return validator;
}
