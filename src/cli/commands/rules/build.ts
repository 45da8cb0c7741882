// SPDX-License-Identifier: Apache-2.0
/** `tracegate rules build`: rules and data as one bundle, signed where a key is given. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../../../errors.ts';
import {
  archiveEntries,
  type BundleFiles,
  openRuleset,
  packBundle,
  replaceFile,
  SIGNATURES_FILE,
  type Signer,
  signatureFor,
} from '../../../guardrails/index.ts';
import { buildFiles } from '../../../rule-kit/build.ts';
import { GUARDRAILS } from '../../../rule-kit/discover.ts';
import { command, EXIT } from '../../command.ts';
import { jsonFile } from '../../review/local-judge.ts';
import { folderOf, OPA, opaFor, toldOf } from './kit.ts';

interface Options {
  out: string;
  shipped?: boolean;
  data?: string;
  revision?: string;
  generation?: string;
  signingKey?: string;
  keyId?: string;
  scope?: string;
}

export const rulesBuild = command<Options>({
  words: ['rules', 'build'],
  about: 'checks, tests and compiles the shipped rules and yours to a bundle (needs opa)',
  args: [{ syntax: '[folder...]', about: 'folders of your rules; none: the shipped rules alone' }],
  options: [
    { flags: '--out <file>', about: 'the bundle', fallback: 'bundle.tar.gz' },
    { flags: '--no-shipped', about: 'leave the shipped rules out: only yours judge' },
    { flags: '--data <file>', about: "the organisation's data, put over the shipped defaults" },
    { flags: '--revision <text>', about: 'what decisions call it; made of its content when unset' },
    {
      flags: '--generation <number>',
      about: 'its place in the order of bundles; the seconds since 1970 when unset',
    },
    { flags: '--signing-key <file>', about: 'sign with this private key (PEM: RSA, P-256 or Ed25519)' },
    { flags: '--key-id <text>', about: 'how that key is named in the signature' },
    { flags: '--scope <text>', about: 'what the signature is for' },
    OPA,
  ],
  outputs: ['text', 'json'],
  run(options, deps) {
    const { io, out } = deps;
    const folders = options.args.map((folder) => folderOf(folder, io.cwd));
    const roots = [...(options.shipped === false ? [] : [GUARDRAILS]), ...folders];
    if (roots.length === 0)
      throw new Fault('usage', '--no-shipped without a folder leaves no rules: name yours');
    const signer = signerFrom(options, io.cwd);
    return toldOf(async () => {
      const data = options.data === undefined ? undefined : jsonFile(resolve(io.cwd, options.data));
      const given = {
        ...(data === undefined ? {} : { data }),
        ...(options.revision === undefined ? {} : { revision: options.revision }),
        generation: generationOf(options.generation, deps.now()),
      };
      const { files, rules, revision } = buildFiles(opaFor(deps), {
        roots,
        ...given,
        say: (line) => out.say(line),
      });
      // a bundle that no gate would take is not handed out
      const { bundleDigest } = openRuleset({ files });
      const path = resolve(io.cwd, options.out);
      replaceFile(path, archive(files, signer), 0o644);
      const told = {
        file: path,
        revision,
        generation: given.generation,
        digest: bundleDigest,
        rules: rules.length,
        signed: signer !== undefined,
      };
      if (options.output === 'json') await out.json(told);
      else
        await out.line(
          `${path}: ${rules.length} rules, revision ${revision}, generation ${given.generation}, ${bundleDigest}${signer ? ', signed' : ''}`,
        );
      return EXIT.done;
    }, deps);
  },
});

/** Where nobody counts, the time does: of two bundles the one that was built later is the newer one. */
function generationOf(named: string | undefined, now: Date): number {
  if (named === undefined) return Math.floor(now.getTime() / 1000);
  const generation = /^\d{1,15}$/.test(named) ? Number(named) : undefined;
  if (generation !== undefined) return generation;
  throw new Fault(
    'usage',
    `--generation ${named}: a whole number from 0 on, larger than that of the bundle before`,
  );
}

function archive(files: BundleFiles, signer: Signer | undefined): Buffer {
  if (signer === undefined) return packBundle(files);
  return packBundle(files, new Map([[SIGNATURES_FILE, signatureFor(archiveEntries(files), signer)]]));
}

function signerFrom({ signingKey, keyId, scope }: Options, cwd: string): Signer | undefined {
  if (signingKey === undefined) {
    if (keyId === undefined && scope === undefined) return undefined;
    throw new Fault('usage', '--key-id and --scope are for a signature: give --signing-key too');
  }
  try {
    return {
      privateKey: createPrivateKey(readFileSync(resolve(cwd, signingKey))),
      ...(keyId === undefined ? {} : { keyId }),
      ...(scope === undefined ? {} : { scope }),
    };
  } catch (cause) {
    throw new Fault(
      'usage',
      `--signing-key ${signingKey} holds no private key: ${(cause as Error).message}`,
      { cause },
    );
  }
}
