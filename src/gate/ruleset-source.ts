// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync } from 'node:fs';
import { type Config, statePaths } from '../config/index.ts';
import { asFault, Fault } from '../errors.ts';
import { type OpenRuleset, openRuleset } from '../guardrails/index.ts';
import { readDocument } from '../model/read-document.ts';

/**
 * The rule set the configuration names: its bundle, else one the organisation put into the state directory, else the
 * shipped one. One that cannot be used does not keep the gate down: every review then ends in "could not judge".
 */
export function rulesetSource(
  config: Pick<Config, 'rulesBundle' | 'stateDir' | 'profile' | 'dataFile'>,
): () => OpenRuleset {
  try {
    const ruleset = open(config);
    return () => ruleset;
  } catch (thrown) {
    const fault = asFault(thrown);
    if (fault.code === 'config') throw fault;
    return () => {
      throw new Fault('could-not-judge', fault.message, { cause: fault });
    };
  }
}

function open({
  rulesBundle,
  stateDir,
  profile,
  dataFile,
}: Pick<Config, 'rulesBundle' | 'stateDir' | 'profile' | 'dataFile'>): OpenRuleset {
  const own = statePaths(stateDir).rulesBundle;
  const bundleDir = rulesBundle ?? (existsSync(own) ? own : undefined);
  return openRuleset({
    profile,
    ...(bundleDir === undefined ? {} : { bundleDir }),
    ...(dataFile === undefined ? {} : { data: dataIn(dataFile) }),
  });
}

function dataIn(path: string): unknown {
  try {
    return readDocument(readFileSync(path), 'auto').value;
  } catch (cause) {
    throw new Fault('config', `the guardrails' data ${path} cannot be read: ${asFault(cause).message}`, {
      cause,
    });
  }
}
