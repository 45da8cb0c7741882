// SPDX-License-Identifier: Apache-2.0
export { type Config, envNameOf, flagOf, KEYS, type KeySpec } from './keys.ts';
export { type ConfigSources, type LoadedConfig, loadConfig, type Origin } from './load.ts';
export { packageRoot } from './package-root.ts';
export { shownConfig, shownValue } from './shown-value.ts';
export { rulesAllowanceFile, type StatePaths, statePaths } from './state-paths.ts';
