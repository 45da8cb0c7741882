// SPDX-License-Identifier: Apache-2.0
/** The one layer of an image in an OCI layout on disk, as `oras copy --to-oci-layout` and `skopeo copy … oci:` leave it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Descriptor {
  mediaType?: string;
  digest?: string;
  annotations?: Record<string, string>;
}

const TAG = 'org.opencontainers.image.ref.name';
const LAYERS = /^application\/vnd\.(?:oci\.image\.layer\.v1|openpolicyagent\.[\w.]+)\b.*gzip$/;

/** The bytes of the layer in `FOLDER` or `FOLDER:TAG`; every blob has the digest it is named by, or it throws. */
export function readOciLayer(reference: string): Buffer {
  const { folder, tag } = split(reference);
  if (!existsSync(join(folder, 'oci-layout'))) throw new Error(`${folder} is no OCI layout`);
  const index = json(readFileSync(join(folder, 'index.json')), 'index.json');
  const manifest = json(blob(folder, imageIn(list(index.manifests), tag)), 'the image manifest');
  const layers = list(manifest.layers).filter(({ mediaType = '' }) => LAYERS.test(mediaType));
  const [layer] = layers;
  if (layer === undefined || layers.length > 1)
    throw new Error(`the image has ${layers.length} layers that are a .tar.gz, not one`);
  return blob(folder, layer);
}

/** A colon may be part of the folder's own name: the folder that exists wins. */
function split(reference: string): { folder: string; tag?: string } {
  const colon = reference.lastIndexOf(':');
  if (colon <= 0 || reference.includes('/', colon) || existsSync(reference)) return { folder: reference };
  return { folder: reference.slice(0, colon), tag: reference.slice(colon + 1) };
}

function imageIn(images: Descriptor[], tag: string | undefined): Descriptor {
  const fitting = images.filter(({ annotations }) => tag === undefined || annotations?.[TAG] === tag);
  const [image] = fitting;
  if (image !== undefined && fitting.length === 1) return image;
  const tags = images.map(({ annotations }) => annotations?.[TAG] ?? '(untagged)').join(', ');
  if (tag === undefined)
    throw new Error(`the layout holds ${images.length} images (${tags}): name one, oci:FOLDER:TAG`);
  throw new Error(`the layout holds ${fitting.length} images tagged ${tag}; there are ${tags || 'none'}`);
}

function blob(folder: string, { digest = '' }: Descriptor): Buffer {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new Error(`a blob is named ${JSON.stringify(digest)}, not by a SHA-256`);
  const bytes = readFileSync(join(folder, 'blobs', 'sha256', hex));
  if (createHash('sha256').update(bytes).digest('hex') !== hex)
    throw new Error(`the blob ${digest} has other content than its name says`);
  return bytes;
}

function json(bytes: Buffer, what: string): Record<string, unknown> {
  try {
    return JSON.parse(bytes.toString('utf8')) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`${what} is not JSON`, { cause });
  }
}

const list = (value: unknown): Descriptor[] => (Array.isArray(value) ? (value as Descriptor[]) : []);
