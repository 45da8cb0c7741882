// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { envNameOf, flagOf, KEYS, loadConfig } from '../../../src/config/index.ts';
import { Fault } from '../../../src/errors.ts';

const directory = mkdtempSync(join(tmpdir(), 'tracegate-config-'));
after(() => rmSync(directory, { recursive: true }));
const STATE = { TRACEGATE_STATE_DIR: join(directory, 'state') };
let files = 0;
function fileWith(text: string): string {
  files++;
  const path = join(directory, `${files}.yaml`);
  writeFileSync(path, text);
  return path;
}
const load = (more: Partial<Parameters<typeof loadConfig>[0]> = {}) =>
  loadConfig({ env: STATE, cwd: directory, ...more });
const faultOf = (more: Partial<Parameters<typeof loadConfig>[0]>): string => {
  try {
    load(more);
  } catch (error) {
    assert.ok(error instanceof Fault && error.code === 'config', String(error));
    return error.message;
  }
  assert.fail('it should be refused');
};

describe('the configuration', () => {
  it('has defaults', () => {
    const { config } = load();
    assert.equal(config.listen, 'https://127.0.0.1:8443');
    assert.equal(config.profile, 'baseline');
    assert.equal(config.killBudgetPerMinute, 60);
    assert.equal(config.webhook.clientCa, undefined);
    assert.equal(config.bodyLimitBytes, 8 * 1024 * 1024);
  });

  it('takes a flag over the environment over the file over the default, and says which it was', () => {
    const configFile = fileWith('profile: strict\nlogLevel: warn\nwebhook:\n  ratePerMinute: 5\n');
    const { config, origins } = load({
      configFile,
      env: { ...STATE, TRACEGATE_LOG_LEVEL: 'error', TRACEGATE_WEBHOOK_RATE_PER_MINUTE: '7' },
      flags: { 'webhook.ratePerMinute': '9' },
    });
    assert.deepEqual([config.profile, config.logLevel, config.webhook.ratePerMinute], ['strict', 'error', 9]);
    const origin = (key: string) => origins.find((one) => one.key === key)?.origin;
    assert.equal(origin('profile'), `file ${configFile}:1`);
    assert.equal(origin('logLevel'), 'env TRACEGATE_LOG_LEVEL');
    assert.equal(origin('webhook.ratePerMinute'), 'flag --webhook-rate-per-minute');
    assert.equal(origin('listen'), 'default');
    assert.equal(origin('dataFile'), 'unset');
  });

  it('reads relative paths from where they were written', () => {
    const { config } = load({
      configFile: fileWith('dataFile: org.json\n'),
      env: { ...STATE, TRACEGATE_RULES_BUNDLE: 'rules' },
      cwd: '/somewhere',
    });
    assert.equal(config.dataFile, join(directory, 'org.json'));
    assert.equal(config.rulesBundle, '/somewhere/rules');
  });

  it('cannot be changed', () => {
    const { config } = load();
    assert.throws(() => Object.assign(config, { listen: 'x' }), TypeError);
    assert.throws(() => Object.assign(config.webhook, { clientCa: 'x' }), TypeError);
  });

  it('can be set key by key in each of three ways, under names of their own', () => {
    const names = KEYS.map(envNameOf);
    assert.equal(new Set(names).size, KEYS.length);
    assert.equal(new Set(KEYS.map(flagOf)).size, KEYS.length);
    assert.ok(names.every((name) => name.startsWith('TRACEGATE_')));
  });
});

describe('a wrong configuration is refused', () => {
  it('for an unknown key in a file, with its line and a near match', () => {
    assert.match(
      faultOf({ configFile: fileWith('profile: strict\nlissten: https://[::1]:1\n') }),
      /:2: unknown key lissten: did you mean listen\?/,
    );
    assert.match(
      faultOf({ configFile: fileWith('webhook:\n  clientCA: x\n') }),
      /unknown key webhook.clientCA: did you mean webhook.clientCa\?/,
    );
  });

  it('for an unknown variable of ours, with a near match', () => {
    assert.match(
      faultOf({ env: { ...STATE, TRACEGATE_LISTN: 'x' } }),
      /TRACEGATE_LISTN sets nothing: did you mean TRACEGATE_LISTEN\?/,
    );
  });

  it('for a wrong value, naming where it was set', () => {
    assert.match(
      faultOf({ env: { ...STATE, TRACEGATE_PROFILE: 'strickt' } }),
      /profile \(env TRACEGATE_PROFILE\) is "strickt": did you mean "strict"/,
    );
    assert.match(
      faultOf({ flags: { listen: 'http://localhost' } }),
      /listen \(flag --listen\).*https:\/\/HOST:PORT/,
    );
    assert.match(faultOf({ flags: { killBudgetPerMinute: '-1' } }), /0 to 1000000/);
    assert.match(faultOf({ configFile: fileWith('killBudgetPerMinute: many\n') }), /:1\) is not a number/);
  });

  it('for a file that is not there, not YAML, or has two readings', () => {
    assert.match(faultOf({ configFile: 'nowhere.yaml' }), /nowhere\.yaml cannot be read/);
    assert.match(faultOf({ configFile: fileWith('profile: [') }), /readable YAML/);
    assert.match(
      faultOf({ configFile: fileWith('agent:\n  host: no\n') }),
      /:2: "no" has two readings: quote it/,
    );
    assert.match(faultOf({ configFile: fileWith('- a\n') }), /unknown key \(the whole file\)/);
  });
});
