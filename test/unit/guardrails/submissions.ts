// SPDX-License-Identifier: Apache-2.0
/** Submissions and bundles for the tests of this room. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleFiles, RuleEntry } from '../../../src/guardrails/index.ts';
import { intake } from '../../../src/model/intake.ts';
import type { JudgeInput } from '../../../src/model/judge.ts';

export const PLATFORM = { user: 'pat', groups: ['tracegate:platform', 'system:authenticated'] };
export const ENFORCER = { user: 'eve', groups: ['tracegate:enforcers', 'system:authenticated'] };
export const TENANT = { user: 'tom', groups: ['system:authenticated'] };

/** The submission of a policy written in YAML or JSON. */
export function submission(yaml: string, change: Partial<JudgeInput> = {}): JudgeInput {
  const read = intake(yaml, { format: yaml.startsWith('{') ? 'json' : 'yaml' });
  if (!read.valid) throw new Error(`the test's policy is invalid: ${JSON.stringify(read.findings)}`);
  return {
    operation: 'create',
    door: 'cli',
    subject: PLATFORM,
    policy: read.normal,
    effectiveMode: read.normal.mode ?? 'enforce',
    planned: [],
    time: '2026-01-01T00:00:00Z',
    ...change,
  };
}

const TRAP_RULE: RuleEntry = {
  id: 'TRAP-001',
  category: 'traps',
  name: 'trap',
  title: 'A trap',
  description: 'A trap',
  severity: 'low',
  why: 'tests',
  fix: 'none',
  since: '0.0.0',
  modes: { baseline: 'enforce', standard: 'enforce', strict: 'enforce' },
  monitor: 'keep',
  applies: [],
  parameters: [],
  folder: 'traps',
};

/** The compiled traps.rego as a bundle of one rule. */
export function trapBundle(): BundleFiles {
  return signedBundle({
    'policy.wasm': readFileSync(join(import.meta.dirname, 'traps', 'traps.wasm')),
    'data.json': Buffer.from('{}'),
    'catalogue.json': Buffer.from(JSON.stringify([TRAP_RULE])),
    'schema.json': Buffer.from('{"type": "object"}'),
  });
}

/** The files with a manifest that names their digests. */
export function signedBundle(
  files: Omit<BundleFiles, 'manifest.json' | 'beside'>,
  entrypoint = 'traps/decision',
): BundleFiles {
  const digests = Object.entries(files).map(([name, bytes]) => [
    name,
    createHash('sha256').update(bytes).digest('hex'),
  ]);
  const manifest = { format: 1, revision: 'traps', entrypoint, files: Object.fromEntries(digests) };
  return { ...files, 'manifest.json': Buffer.from(JSON.stringify(manifest)) };
}

export const TCP_CONNECT = `
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: tcp-connect
spec:
  kprobes:
  - call: tcp_connect
    syscall: false
    args:
    - {index: 0, type: sock}
  - call: tcp_close
    syscall: false
    args:
    - {index: 0, type: sock}
  - call: tcp_sendmsg
    syscall: false
    args:
    - {index: 0, type: sock}
    - {index: 2, type: int}
`;

const onData = (call: string, args: string) => `
  - call: ${call}
    syscall: false
    return: true
    args: [${args}]
    returnArg: {index: 0, type: int}
    returnArgAction: Post
    selectors:
    - matchArgs:
      - {index: 0, operator: Prefix, values: [/data/]}`;

export const FILE_MONITORING = `
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  name: file-monitoring
spec:
  kprobes:${onData('security_file_permission', '{index: 0, type: file}, {index: 1, type: int}')}${onData(
    'security_mmap_file',
    '{index: 0, type: file}, {index: 1, type: uint32}, {index: 2, type: nop}',
  )}${onData('security_path_truncate', '{index: 0, type: path}')}
`;

/** restrict-symlink, with any action. */
export function restrictSymlink(action: string, metadata = 'name: restrict-symlink', options = ''): string {
  return `
apiVersion: cilium.io/v1alpha1
kind: TracingPolicy
metadata:
  ${metadata}
spec:${options}
  kprobes:
  - call: sys_symlinkat
    syscall: true
    args:
    - {index: 0, type: string}
    - {index: 1, type: int}
    - {index: 2, type: string}
    selectors:
    - matchArgs:
      - {index: 0, operator: Equal, values: ["/etc/passwd\\0"]}
      matchActions:
      - {${action}}
`;
}

export const OVERRIDE = 'action: Override, argError: -1';
export const SIGKILL = 'action: Sigkill';
