// SPDX-License-Identifier: Apache-2.0
/**
 * Python that is already running: it forks for each program, so that none pays for the interpreter's start, which takes
 * seconds in an emulated machine.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { PLACE, type Ran } from './runtime-fixture.ts';

const SERVER = `
import ctypes, json, os, socket, struct, sys, threading, time, traceback
def child(argv, pipe):
    os.dup2(pipe, 1)
    os.dup2(pipe, 2)
    sys.argv = argv[1:] if argv[0] == '-c' else argv
    code = argv[1] if argv[0] == '-c' else open(argv[0]).read()
    status = 0
    try:
        exec(compile(code, argv[0], 'exec'), {'__name__': '__main__'})
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    os._exit(status)
while True:
    with open(sys.argv[1]) as asked:
        argv = json.load(asked)
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(r)
        child(argv, w)
    os.close(w)
    with os.fdopen(r, 'rb') as pipe:
        out = pipe.read().decode()
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with open(sys.argv[2], 'w') as told:
        json.dump([status, out], told)
`;

let pipes: [string, string] | undefined;

function started(): [string, string] {
  const folder = mkdtempSync(join(PLACE, 'python-'));
  const both: [string, string] = [join(folder, 'asked'), join(folder, 'told')];
  execFileSync('mkfifo', both);
  const server = spawn('python3', ['-c', SERVER, ...both], { stdio: 'ignore' });
  server.unref();
  process.on('exit', () => server.kill());
  return both;
}

/** `args` as python3 takes them: `-c` and a text, or a file, and what follows. */
export function python(...args: [string, ...string[]]): Ran {
  pipes ??= started();
  const [asked, told] = pipes;
  writeFileSync(asked, JSON.stringify(args));
  const [status, out] = JSON.parse(readFileSync(told, 'utf8')) as [number, string];
  const signal = Object.entries(constants.signals).find(([, number]) => number === -status)?.[0];
  return {
    status: status < 0 ? null : status,
    signal: status < 0 ? (signal as NodeJS.Signals) : null,
    out: out.trim(),
  };
}
