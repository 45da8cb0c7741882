// SPDX-License-Identifier: Apache-2.0
/** What becomes of a bundle that is good and cannot be taken in, and of a server that does not say what it sends. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Fault } from '../../../src/errors.ts';
import { AcceptedRules } from '../../../src/gate/rules/accepted-rules.ts';
import { bundleServer } from '../../../src/gate/rules/bundle-server.ts';
import { LiveRules } from '../../../src/gate/rules/live-rules.ts';
import { openRuleset, readBundle, SHIPPED_BUNDLE } from '../../../src/guardrails/index.ts';

const root = mkdtempSync(join(tmpdir(), 'tracegate-live-'));
after(() => rmSync(root, { recursive: true }));
const files = readBundle(SHIPPED_BUNDLE);
const ruleset = openRuleset({ files });

/** Found once, as by an origin that tells of each bundle one time. */
function live(trouble: { open?: Fault; keep?: Fault }) {
  let [looks, opened] = [0, 0];
  const rules = new LiveRules({
    origin: {
      name: 'a place',
      trust: undefined,
      async look() {
        looks++;
        if (looks > 1) return undefined;
        const accepted = () => {
          if (trouble.keep) throw trouble.keep;
        };
        return { files: () => files, accepted };
      },
    },
    accepted: new AcceptedRules(mkdtempSync(join(root, 'state-')), false),
    open: () => {
      opened++;
      if (trouble.open) throw trouble.open;
      return ruleset;
    },
    report: () => undefined,
    now: () => new Date(),
  });
  return { rules, opened: () => opened };
}

describe('a bundle', () => {
  it('that is good, and could not be kept once, is tried again', async () => {
    const trouble: { keep?: Fault } = { keep: new Fault('internal', 'the disk is full') };
    const { rules } = live(trouble);
    assert.equal(await rules.look(), false);
    assert.match(rules.failure()?.message ?? '', /disk is full/);
    assert.throws(() => rules.current(), /disk is full/);
    delete trouble.keep;
    assert.equal(await rules.look(), true);
    assert.deepEqual([rules.current().digest, rules.failure()], [ruleset.digest, undefined]);
    assert.equal(await rules.look(), false, 'and then no more');
  });

  it('that is broken is not', async () => {
    const { rules, opened } = live({ open: new Fault('could-not-judge', 'it is broken') });
    for (let count = 0; count < 3; count++) assert.equal(await rules.look(), false);
    assert.equal(opened(), 1);
    assert.match(rules.failure()?.message ?? '', /broken/);
  });
});

describe('a server without ETags', () => {
  it('sends the same bundle again and again, which is taken for new once', async () => {
    let archive = 'one';
    const server = createServer((_, response) => response.end(archive));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    after(() => server.close());
    const { port } = server.address() as AddressInfo;
    const source = bundleServer(`http://127.0.0.1:${port}/bundle.tar.gz`, { signed: false });
    const told = async () => (await source.fetch())?.toString();
    assert.deepEqual([await told(), await told()], ['one', undefined]);
    archive = 'two';
    assert.deepEqual([await told(), await told()], ['two', undefined]);
  });
});
