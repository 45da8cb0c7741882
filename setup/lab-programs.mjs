// SPDX-License-Identifier: Apache-2.0
// What the kernel tests run against policies. Made here: a compiler takes an emulated machine seconds for each of them.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { filesUnder, quiet, root, say, unlessFresh } from './steps.mjs';

const SOURCES = 'test/kernel';
const STATIC = ['-O2', '-Wall', '-static', '-pthread'];
/** Of the same sources, for what a static program does not show. */
const LINKED = {
  'program-linked': ['program.c', '-O1'],
  'program-stripped': ['program.c', '-O1', '-s'],
  'markers-linked': ['markers.c', '-O1', '-Wl,--build-id=sha1'],
  'markers-unmarked': ['markers.c', '-O1', '-Wl,--build-id=none'],
};

export function labPrograms() {
  const sources = filesUnder(SOURCES, /\.c$/);
  const programs = [
    ...sources.map((source) => [basename(source, '.c'), basename(source), ...STATIC]),
    ...Object.entries(LINKED).map(([name, made]) => [name, ...made]),
  ];
  const made = (name) => join('build/lab', name);
  const inputs = ['setup/lab-programs.mjs', ...sources, ...filesUnder(SOURCES, /\.h$/)];
  const outputs = programs.map(([name]) => made(name));
  unlessFresh('lab', inputs, outputs, () => {
    say('compiling what the kernel tests run');
    mkdirSync(join(root, 'build/lab'), { recursive: true });
    for (const [name, source, ...flags] of programs)
      execFileSync('gcc', [...flags, '-o', made(name), join(SOURCES, source)], quiet);
  });
}
