// SPDX-License-Identifier: Apache-2.0
/** The `opa` program: the one named, else one on the PATH, else the pinned one that a checkout builds with Go. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { packageRoot } from '../config/package-root.ts';
import { Fault } from '../errors.ts';

export const ROOT = packageRoot();
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

const builtOpa = (): string => join(ROOT, '.cache', `opa-${opaVersion()}`, 'opa');

export interface OpaWanted {
  /** the program named by flag, environment or configuration file */
  named?: string | undefined;
  /** the PATH to look on */
  path?: string | undefined;
  say?: (line: string) => void;
}

/** Fault `not-found`, which says where an opa can come from, where there is none. */
export function neededOpa({ named, path = '', say = sayOnStderr }: OpaWanted): string {
  if (named !== undefined) {
    if (isProgram(named)) return named;
    throw new Fault('not-found', `${named} is no program: name the opa binary with --opa or TRACEGATE_OPA`);
  }
  const onPath = path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, 'opa'));
  const found =
    onPath.find(isProgram) ?? (existsSync(join(ROOT, 'tools/opa/go.mod')) ? findOpa(say) : undefined);
  if (found !== undefined) return found;
  throw new Fault(
    'not-found',
    'this needs opa 1.0 or newer: put it on the PATH, or name it with --opa PATH or TRACEGATE_OPA; where Go is installed, `node setup/build-rules.mjs` builds it in a checkout',
  );
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of the pinned `opa`, building it first where it is missing; undefined where there is neither it nor Go. */
export function findOpa(say: (line: string) => void = sayOnStderr): string | undefined {
  const binary = builtOpa();
  if (existsSync(binary)) return binary;
  if (!goAvailable()) return undefined;
  say(`building opa ${opaVersion()} from tools/opa (once, about two minutes)`);
  mkdirSync(join(binary, '..'), { recursive: true });
  const half = `${binary}.${process.pid}`;
  const built = spawnSync('go', ['build', '-trimpath', '-ldflags', '-s -w', '-o', half, MODULE], {
    cwd: join(ROOT, 'tools/opa'),
    env: { ...process.env, CGO_ENABLED: '0' },
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`go build of opa ${opaVersion()} failed:\n${built.stderr}`);
  renameSync(half, binary);
  return binary;
}

export interface OpaRun {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/** Runs `opa` and tells how it ended. */
export function tryOpa(opa: string, args: readonly string[], options: { cwd?: string } = {}): OpaRun {
  const ran = spawnSync(opa, args, { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20, ...options });
  if (ran.error) throw new Fault('not-found', `${opa} cannot be run: ${ran.error.message}`);
  return { ok: ran.status === 0, stdout: ran.stdout, stderr: ran.stderr };
}

/** Runs `opa`; a non-zero exit is an error that carries what it printed. */
export function runOpa(opa: string, args: readonly string[], options: { cwd?: string } = {}): string {
  const { ok, stdout, stderr } = tryOpa(opa, args, options);
  if (!ok) throw new Error(`opa ${args.slice(0, 3).join(' ')} … failed:\n${stdout}${stderr}`);
  return stdout;
}
