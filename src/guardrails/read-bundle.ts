// SPDX-License-Identifier: Apache-2.0
/**
 * Where a bundle lies → its files. A folder with the files, an archive as OPA ships them (bundle.tar.gz), a folder
 * with that archive, or `oci:FOLDER[:TAG]`, an OCI image layout whose one layer is the archive.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../errors.ts';
import { BUNDLE_FILES, type BundleFiles, broken } from './bundle.ts';
import { readOciLayer } from './oci-layout.ts';
import { SIGNATURES_FILE, type Trust, verifySignature } from './signature.ts';
import { readTarGz, writeTarGz } from './tar.ts';

export const ARCHIVE_NAME = 'bundle.tar.gz';
const OCI = 'oci:';
/** The manifest is OPA's, with what we need beside; in an archive it has OPA's name. */
const OPA_MANIFEST = '.manifest';
const OUR_MANIFEST = 'manifest.json';

/** Without a key, a signed bundle is refused: somebody meant it to be checked. `unchecked` looks at no signature. */
export type SignaturePolicy = Trust | 'unchecked' | undefined;

/** The files of the bundle at a place on this host; Fault `could-not-judge` for one that is missing or broken. */
export function readBundle(place: string, trust?: SignaturePolicy): BundleFiles {
  const { archive, folder } = found(place);
  if (archive !== undefined) return unpackBundle(archive, trust);
  return checked(unpackedIn(folder), trust);
}

/** The files of an archive, its signature checked. */
export function unpackBundle(archive: Uint8Array, trust?: SignaturePolicy): BundleFiles {
  let files: Map<string, Buffer>;
  try {
    files = readTarGz(archive);
  } catch (cause) {
    throw broken(`the archive cannot be read: ${(cause as Error).message}`, cause);
  }
  return checked(files, trust);
}

/** The archive of a bundle's files, in OPA's layout, signed as they came; with what else `beside` adds, such as a new signature. */
export function packBundle(files: BundleFiles, beside: ReadonlyMap<string, Uint8Array> = new Map()): Buffer {
  return writeTarGz(new Map([...archiveEntries(files), ...(files.beside ?? []), ...beside]));
}

/** A bundle's files by the names they have in an archive: what a signature names. */
export function archiveEntries(files: BundleFiles): Map<string, Uint8Array> {
  return new Map(
    BUNDLE_FILES.map((name) => [name === OUR_MANIFEST ? OPA_MANIFEST : name, files[name]] as const),
  );
}

function found(place: string): { archive: Buffer; folder?: never } | { archive?: never; folder: string } {
  try {
    if (place.startsWith(OCI)) return { archive: readOciLayer(place.slice(OCI.length)) };
    if (!statSync(place).isDirectory()) return { archive: readFileSync(place) };
    const inside = join(place, ARCHIVE_NAME);
    return existsSync(inside) ? { archive: readFileSync(inside) } : { folder: place };
  } catch (cause) {
    throw unreadable(place, cause);
  }
}

function unpackedIn(folder: string): Map<string, Buffer> {
  const files = new Map<string, Buffer>();
  const manifest = existsSync(join(folder, OPA_MANIFEST)) ? OPA_MANIFEST : OUR_MANIFEST;
  try {
    for (const name of BUNDLE_FILES) {
      const file = name === OUR_MANIFEST ? manifest : name;
      files.set(name === OUR_MANIFEST ? OPA_MANIFEST : name, readFileSync(join(folder, file)));
    }
    const signatures = join(folder, SIGNATURES_FILE);
    if (existsSync(signatures)) files.set(SIGNATURES_FILE, readFileSync(signatures));
  } catch (cause) {
    throw unreadable(folder, cause);
  }
  return files;
}

function checked(files: Map<string, Buffer>, trust: SignaturePolicy): BundleFiles {
  checkSignature(files, trust);
  const entries = BUNDLE_FILES.map((name) => {
    const inArchive = name === OUR_MANIFEST ? OPA_MANIFEST : name;
    const bytes = files.get(inArchive);
    if (bytes === undefined) throw broken(`it has no ${inArchive}`);
    return [name, bytes] as const;
  });
  const known: readonly string[] = entries.map(([name]) => (name === OUR_MANIFEST ? OPA_MANIFEST : name));
  const beside = new Map([...files].filter(([name]) => !known.includes(name)));
  return {
    ...Object.fromEntries(entries),
    ...(files.has(SIGNATURES_FILE) && { beside }),
  } as unknown as BundleFiles;
}

function checkSignature(files: Map<string, Buffer>, trust: SignaturePolicy): void {
  if (trust === 'unchecked') return;
  if (trust === undefined) {
    if (files.has(SIGNATURES_FILE))
      throw broken('it is signed, and no key to check that with is configured (bundle.keyFile)');
    return;
  }
  try {
    verifySignature(files, trust);
  } catch (cause) {
    throw broken((cause as Error).message, cause);
  }
}

function unreadable(place: string, cause: unknown): Fault {
  if (cause instanceof Fault) return cause;
  return new Fault(
    'could-not-judge',
    `The rule set in ${place} cannot be read: ${(cause as Error).message}. Build one with \`tracegate rules build\`.`,
    { cause },
  );
}
