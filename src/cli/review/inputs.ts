// SPDX-License-Identifier: Apache-2.0
/** FILE, DIR or - → the policies in them, in order. What cannot be read is an input too: it must not vanish. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { asFault, Fault } from '../../errors.ts';
import { type Intake, intakeSource } from '../../model/intake.ts';
import { nearest } from '../../model/near-match.ts';
import { LIMITS, readDocuments } from '../../model/read-document.ts';
import type { DocumentFormat, SourceDocument } from '../../model/source-document.ts';
import { KINDS } from '../../model/validate.ts';

export interface Input {
  /** as the user named it */
  file: string;
  /** the text of the file it is in */
  lines?: readonly string[];
  source?: SourceDocument;
  intake?: Intake;
  fault?: Fault;
}

export interface Inputs {
  inputs: Input[];
  /** documents of other kinds in directories, by file */
  skipped: string[];
}

const POLICY_FILE = /\.(ya?ml|json)$/i;

interface Place {
  file: string;
  read: () => Buffer | Promise<Buffer>;
  /** found in a directory, not named */
  inDirectory: boolean;
}

export async function inputsOf(
  names: readonly string[],
  { stdin, cwd }: { stdin: Readable; cwd: string },
): Promise<Inputs> {
  const found: Inputs = { inputs: [], skipped: [] };
  for (const { file, read, inDirectory } of names.flatMap((name) => placesOf(name, stdin, cwd))) {
    try {
      addBytes(found, file, await read(), inDirectory);
    } catch (thrown) {
      found.inputs.push({ file, fault: unreadableFile(file, thrown) });
    }
  }
  return found;
}

function placesOf(name: string, stdin: Readable, cwd: string): Place[] {
  if (name === '-') return [{ file: name, read: () => readAll(stdin), inDirectory: false }];
  const path = resolve(cwd, name);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    return [{ file: name, read: () => readBounded(path), inDirectory: false }];
  }
  const files = filesIn(path);
  if (files.length === 0) return [{ file: name, read: () => noPolicies(name), inDirectory: true }];
  return files.map((file) => ({
    file: join(name, relative(path, file)),
    read: () => readBounded(file),
    inDirectory: true,
  }));
}

function noPolicies(name: string): never {
  throw new Fault(
    'not-found',
    `${name} holds no .yaml, .yml or .json file: name the files or another directory`,
  );
}

function addBytes(found: Inputs, file: string, bytes: Buffer, inDirectory: boolean): void {
  const sources = readDocuments(bytes, formatOfFile(file));
  const lines = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/);
  if (sources.length === 0 && !inDirectory)
    throw new Fault('unreadable', 'the file is empty: write at least one TracingPolicy into it');
  for (const source of sources) {
    if (inDirectory && isOfAnotherKind(source.value)) found.skipped.push(file);
    else found.inputs.push({ file, lines, source, intake: intakeSource(source) });
  }
}

/** Symbolic links below the directory are not followed: they could leave it, or never end. */
function filesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      return entry.isFile() && POLICY_FILE.test(entry.name) ? [path] : [];
    });
}

/** A neighbour in a directory of manifests. Whatever resembles a policy is judged, so that a typing mistake is told. */
function isOfAnotherKind(value: unknown): boolean {
  const { kind, apiVersion } = (typeof value === 'object' && value !== null ? value : {}) as {
    kind?: unknown;
    apiVersion?: unknown;
  };
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') return false;
  return nearest(kind, KINDS) === undefined && !/tracing-?policy/i.test(kind);
}

function formatOfFile(file: string): DocumentFormat {
  if (/\.json$/i.test(file)) return 'json';
  return /\.ya?ml$/i.test(file) ? 'yaml' : 'auto';
}

function readBounded(path: string): Buffer {
  const { size } = statSync(path);
  if (size > LIMITS.bodyBytes) throw tooLarge(size);
  return readFileSync(path);
}

async function readAll(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    sizeBytes += bytes.byteLength;
    if (sizeBytes > LIMITS.bodyBytes) throw tooLarge(sizeBytes);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function tooLarge(sizeBytes: number): Fault {
  return new Fault(
    'too-large',
    `it has ${sizeBytes} bytes or more, at most ${LIMITS.bodyBytes} are read: split it`,
  );
}

function unreadableFile(file: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const fault = asFault(thrown);
  return new Fault('unreadable', `${file} cannot be read: ${fault.message}`, { cause: thrown });
}
