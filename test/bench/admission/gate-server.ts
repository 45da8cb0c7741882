// SPDX-License-Identifier: Apache-2.0
/**
 * Our gate from its sources, with all that reviews cost it: `node gate-server.ts STATE_DIR` prints its URL. Its parent may ask,
 * by the messages `start` and `stop`, where the CPU went between the two.
 */
import { loadConfig, statePaths } from '../../../src/config/index.ts';
import { startGate } from '../../../src/gate/index.ts';
import { hostPlanner } from '../../../src/launch/host-planner.ts';
import { agentClient } from '../../../src/service/index.ts';
import { openLog } from '../../../src/telemetry/log.ts';
import { measureStages } from './stages.ts';

const [stateDir = ''] = process.argv.slice(2);
// The limit of requests is there to refuse this very load, so it is lifted as far as it goes.
const flags = { stateDir, listen: 'https://127.0.0.1:0', 'webhook.ratePerMinute': '1000000' };
const { config } = loadConfig({ flags, env: {}, cwd: stateDir });
const log = openLog('error');
const agent = agentClient({ socketPath: statePaths(stateDir).agentSocket });
const gate = await startGate(config, { agent, planFor: hostPlanner(agent, log), log, version: 'bench' });
process.stdout.write(`${gate.url}\n`);

let stop: ReturnType<typeof measureStages> | undefined;
process.on('message', async (message) => {
  if (message === 'start') stop = measureStages();
  const spent = message === 'stop' ? await (await stop)?.() : await stop?.then(() => undefined);
  process.send?.(spent ?? 'started');
});
