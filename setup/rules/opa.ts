// SPDX-License-Identifier: Apache-2.0
// The pinned `opa`: built once per version from tools/opa by the Go toolchain, kept in .cache.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '..', '..');
const MODULE = 'github.com/open-policy-agent/opa';

export const sayOnStderr = (line: string): void => void process.stderr.write(`${line}\n`);

/** The version that tools/opa/go.mod pins. */
export function opaVersion(): string {
  const pinned = readFileSync(join(ROOT, 'tools/opa/go.mod'), 'utf8').match(/open-policy-agent\/opa v(\S+)/);
  if (!pinned?.[1]) throw new Error(`tools/opa/go.mod names no version of ${MODULE}`);
  return pinned[1];
}

export function goAvailable(): boolean {
  return spawnSync('go', ['version'], { stdio: 'ignore' }).status === 0;
}

/** Path of the `opa` binary, building it first where it is missing; undefined where there is neither it nor Go. */
export function findOpa(say: (line: string) => void = sayOnStderr): string | undefined {
  const version = opaVersion();
  const binary = join(ROOT, '.cache', `opa-${version}`, 'opa');
  if (existsSync(binary)) return binary;
  if (!goAvailable()) return undefined;
  say(`building opa ${version} from tools/opa (once, about two minutes)`);
  mkdirSync(join(binary, '..'), { recursive: true });
  const half = `${binary}.${process.pid}`;
  const built = spawnSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', half, MODULE], {
    cwd: join(ROOT, 'tools/opa'),
    env: { ...process.env, CGO_ENABLED: '0' },
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`go build of opa ${version} failed:\n${built.stderr}`);
  renameSync(half, binary);
  return binary;
}

/** Runs `opa`; a non-zero exit is an error that carries what it printed. */
export function runOpa(opa: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const ran = spawnSync(opa, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  if (ran.error) throw ran.error;
  if (ran.status !== 0)
    throw new Error(`opa ${args.slice(0, 3).join(' ')} … failed:\n${ran.stdout}${ran.stderr}`);
  return ran.stdout;
}
