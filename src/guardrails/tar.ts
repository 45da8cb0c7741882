// SPDX-License-Identifier: Apache-2.0
/** Tar archives of a few small files, in memory: what comes from elsewhere is bounded and never touches the disk. */
import { gunzipSync, gzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;
const FILES_MAX = 2000;
/** All files together: a bundle has half a megabyte, and an archive of zeros grows a thousandfold. */
export const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

const TYPE = { file: '0', oldFile: '\0', directory: '5', extended: 'x', global: 'g' } as const;

/** The regular files of a .tar.gz by their names, without a leading slash or `./`. Throws Error for anything odd. */
export function readTarGz(archive: Uint8Array): Map<string, Buffer> {
  const tar = gunzipSync(archive, { maxOutputLength: UNPACKED_BYTES_MAX });
  const files = new Map<string, Buffer>();
  let at = 0;
  for (let entries = 0; at + BLOCK_BYTES <= tar.length; entries++) {
    const header = tar.subarray(at, at + BLOCK_BYTES);
    if (header.every((byte) => byte === 0)) return files;
    if (entries >= FILES_MAX) throw new Error(`it holds more than ${FILES_MAX} files`);
    const sizeBytes = sizeIn(header);
    const end = at + BLOCK_BYTES + sizeBytes;
    if (end > tar.length) throw new Error('it ends in the middle of a file');
    addEntry(files, header, tar.subarray(at + BLOCK_BYTES, end));
    at = at + BLOCK_BYTES + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  throw new Error('it has no end');
}

function addEntry(files: Map<string, Buffer>, header: Buffer, content: Buffer): void {
  const type = String.fromCharCode(header[156] ?? 0);
  if (type === TYPE.directory || type === TYPE.extended || type === TYPE.global) return;
  const name = nameIn(header);
  if (type !== TYPE.file && type !== TYPE.oldFile) throw new Error(`${name} is no regular file`);
  if (files.has(name)) throw new Error(`${name} is in it twice`);
  files.set(name, content);
}

function nameIn(header: Buffer): string {
  const prefix = header.toString('latin1', 257, 262) === 'ustar' ? textIn(header, 345, 155) : '';
  const whole = prefix === '' ? textIn(header, 0, 100) : `${prefix}/${textIn(header, 0, 100)}`;
  const name = whole.replace(/^(?:\.?\/)+/, '');
  const parts = name.split('/');
  if (name === '' || parts.some((part) => part === '' || part === '.' || part === '..'))
    throw new Error(`it holds a file named ${JSON.stringify(whole)}`);
  return name;
}

function textIn(header: Buffer, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? length : end);
}

function sizeIn(header: Buffer): number {
  const text = textIn(header, 124, 12).trim();
  if (!/^[0-7]{1,11}$/.test(text)) throw new Error('a file in it has no size');
  if (checksumOf(header) !== Number.parseInt(textIn(header, 148, 8).trim(), 8))
    throw new Error('a header in it is damaged');
  return Number.parseInt(text, 8);
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 0x20 : byte;
  return sum;
}

/** A .tar.gz of the files, with a leading slash as `opa build` names them: same files, same bytes. */
export function writeTarGz(files: Iterable<readonly [string, Uint8Array]>): Buffer {
  const parts: Uint8Array[] = [];
  for (const [name, content] of files) {
    const padding = (BLOCK_BYTES - (content.length % BLOCK_BYTES)) % BLOCK_BYTES;
    parts.push(headerFor(`/${name}`, content.length), content, new Uint8Array(padding));
  }
  return gzipSync(Buffer.concat([...parts, new Uint8Array(2 * BLOCK_BYTES)]), { level: 9 });
}

function headerFor(name: string, sizeBytes: number): Buffer {
  const header = Buffer.alloc(BLOCK_BYTES);
  if (Buffer.byteLength(name) > 100) throw new Error(`the name ${name} is too long for an archive`);
  const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(sizeBytes, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(TYPE.file, 156);
  header.write('ustar\x0000', 257, 'latin1');
  header.write(`${octal(checksumOf(header), 6)}\0 `, 148);
  return header;
}
