// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTracepointFormat } from '../../../src/kernel/tracepoint-format.ts';

const FORMAT = `name: sched_process_exec
ID: 300
format:
\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

\tfield:__data_loc char[] filename;\toffset:8;\tsize:4;\tsigned:0;
\tfield:pid_t old_pid;\toffset:16;\tsize:4;\tsigned:1;
\tfield:char comm[16];\toffset:20;\tsize:16;\tsigned:0;
\tfield:unsigned long args[6];\toffset:40;\tsize:48;\tsigned:0;
\tfield:const char * name;\toffset:88;\tsize:8;\tsigned:0;
\tfield:__rel_loc char[] tail;\toffset:96;\tsize:4;\tsigned:0;

print fmt: "filename=%s; size:9; offset:1;", __get_str(filename), REC->old_pid
`;

test('fields are told in order, with what they are and where they lie', () => {
  assert.deepEqual(
    parseTracepointFormat(FORMAT).map((f) => [
      f.name,
      f.type,
      f.offsetBytes,
      f.sizeBytes,
      f.signed,
      f.dynamic,
    ]),
    [
      ['common_type', 'unsigned short', 0, 2, false, false],
      ['common_pid', 'int', 4, 4, true, false],
      ['filename', '__data_loc char[]', 8, 4, false, true],
      ['old_pid', 'pid_t', 16, 4, true, false],
      ['comm', 'char[16]', 20, 16, false, false],
      ['args', 'unsigned long[6]', 40, 48, false, false],
      ['name', 'const char *', 88, 8, false, false],
      ['tail', '__rel_loc char[]', 96, 4, false, true],
    ],
  );
});

test('text that is no format has no fields', () => {
  for (const text of ['', 'garbage', 'field:int a;', 'field:;\toffset:0;\tsize:0;\tsigned:0;'])
    assert.deepEqual(parseTracepointFormat(text), []);
});
