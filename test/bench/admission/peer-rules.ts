// SPDX-License-Identifier: Apache-2.0
/**
 * The shipped guardrails spelt for engines that keep their rules below `lib` and have no data of their own: packages
 * moved, data written as constants, and an entry point of each engine's kind. Their input carries the very document
 * our own rules see, in the `judge` key of the object that is admitted.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from '../../../src/rule-kit/stage.ts';

export interface Module {
  name: string;
  text: string;
}

/** Rules, libraries and data as modules, all of them in packages below `lib`. */
export function movedModules({ work, sources }: Stage): Module[] {
  const rules = sources
    .flatMap((source) => regoFiles(work, source))
    .map(({ name, text }) => ({
      name,
      text: moved(text),
    }));
  const data = JSON.parse(readFileSync(join(work, 'data.json'), 'utf8')) as Record<string, unknown>;
  const { organisation, ...rest } = data;
  return [...rules, constants('lib.given', rest), constants('lib.given.organisation', organisation)];
}

function regoFiles(work: string, source: string): Module[] {
  const names = source.endsWith('.rego')
    ? [source]
    : readdirSync(join(work, source), { recursive: true, encoding: 'utf8' }).map((name) =>
        join(source, name),
      );
  return names
    .filter((name) => name.endsWith('.rego') && !/(_test|testing)\.rego$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(work, name), 'utf8') }));
}

/** Every reference into our packages and our data, without the comments. */
function moved(text: string): string {
  return text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/^package /m, 'package lib.')
    .replace(/\bdata\.tracegate\b/g, 'data.lib.tracegate')
    .replace(/\bdata\.(organisation|rules|groups|on|scoped|judging)\b/g, 'data.lib.given.$1');
}

/** With a second body that never holds, else the compiler takes what the constants lack today for a mistake in a rule. */
function constants(path: string, values: unknown): Module {
  const lines = Object.entries(values as object).map(
    ([key, value]) => `${key} := ${JSON.stringify(value)}\n\n${key} := input.absent if false`,
  );
  return { name: `${path}.rego`, text: `package ${path}\n\n${lines.join('\n\n')}\n` };
}

/** What policy-server asks for: an answered AdmissionReview. */
export const KUBEWARDEN_ENTRY = `package policy

decision := made if made := data.lib.tracegate.judge.decision with input as input.request.object.judge

denials := [finding.message | some finding in decision.findings; finding.severity == "deny"]

main := {
	"apiVersion": "admission.k8s.io/v1",
	"kind": "AdmissionReview",
	"response": {
		"uid": input.request.uid,
		"allowed": decision.allowed,
		"status": {"message": concat("; ", denials)},
	},
}
`;

/** What Gatekeeper asks for: one violation for each denial. */
export const GATEKEEPER_ENTRY = `package tracegate

violation contains {"msg": finding.message, "details": {"rule": finding.rule}} if {
	decision := data.lib.tracegate.judge.decision with input as input.review.object.judge
	some finding in decision.findings
	finding.severity == "deny"
}
`;

/** Adds what policy-server reads of a module: how to run it. The section is called by its name, with its length before. */
export function annotateForKubewarden(wasm: string, to: string): void {
  const rule = {
    ...{ apiGroups: ['cilium.io'], apiVersions: ['v1alpha1'], resources: ['*'] },
    operations: ['CREATE', 'UPDATE'],
  };
  const metadata = {
    ...{ protocolVersion: null, rules: [rule], mutating: false, contextAware: false, executionMode: 'opa' },
    annotations: { 'io.kubewarden.policy.title': 'guardrails' },
  };
  const name = Buffer.from('io.kubewarden.metadata');
  const body = Buffer.concat([leb128(name.length), name, Buffer.from(JSON.stringify(metadata))]);
  writeFileSync(to, Buffer.concat([readFileSync(wasm), Buffer.from([0]), leb128(body.length), body]));
}

function leb128(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest & 127) | 128);
  }
}
