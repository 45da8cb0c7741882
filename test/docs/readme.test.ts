// SPDX-License-Identifier: Apache-2.0
/** The tour of the README, typed into a shell: it exits as shown and prints what is shown. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingForAgent, ROOT, RunningUp, until, upPlace } from '../fixtures/running-up.ts';
import { lasting, openTerminal, type Step, stepsOf, type Terminal, typeInto } from './tour.ts';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');
const STEPS = stepsOf(README);
const LEFT_BEHIND = ['/tmp/tour-go', '/tmp/tour-link', '/tmp/tour-link-2'];
const isStart = ({ command }: Step) => command === 'npm start';
const isEvents = ({ command }: Step) => command.startsWith('npx tracegate events');

/** The lines of a step that were not printed. */
function absent({ printed }: Step, output: string, stateDir: string): string[] {
  const shown = new Set(output.replaceAll(stateDir, '…/.tracegate').split('\n').map(lasting));
  return printed.filter((line) => !shown.has(lasting(line)));
}

describe('the README', () => {
  it('has a tour, and links to files that are there', () => {
    assert.ok(STEPS.length >= 12);
    assert.equal(STEPS.filter(isStart).length, 1);
    assert.equal(STEPS.filter(isEvents).length, 1);
    const links = [...README.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target as string);
    assert.ok(links.length >= 8);
    assert.deepEqual(
      links.filter((target) => !existsSync(join(ROOT, target))),
      [],
    );
  });

  it('shows each guardrail and profile as the rules have it', () => {
    const rules = readFileSync(join(ROOT, 'docs/rules.md'), 'utf8');
    const named = new Set(README.match(/TPG-[1-9]\d\d/g));
    for (const id of named) assert.ok(rules.includes(id), id);
  });
});

describe('the tour', { skip: missingForAgent() ?? false }, () => {
  const place = upPlace('tour');
  const clear = () => {
    for (const file of LEFT_BEHIND) rmSync(file, { force: true });
  };
  let up: RunningUp;
  let events: Terminal;
  let output = '';

  before(async () => {
    clear();
    up = await RunningUp.start(place);
    events = openTerminal(STEPS.find(isEvents)?.command ?? '', place.env, ROOT);
    await until('the events', () => events.printed.includes('Ctrl-C ends'));
    const typed = STEPS.filter((step) => !isStart(step) && !isEvents(step)).map(({ command }) => command);
    output = await typeInto(typed, place.env, ROOT);
    await until('the kill is shown', () => events.printed.includes('sigkill'), 5000).catch(() => undefined);
  });
  after(async () => {
    events?.close();
    await up?.interrupt();
    place.remove();
    clear();
  });

  it('refuses, loads, kills and records as it says', () => {
    for (const words of [
      'too-much: denied',
      'watch-symlinks: loaded',
      'kill-one: loaded',
      '\n137\n',
      'whole: ',
    ]) {
      assert.ok(output.includes(words), `${words} in\n${output}`);
    }
    assert.match(events.printed, /\/ln\[\d+\] __x64_sys_symlinkat\(\/etc\/hosts, .*policy watch-symlinks/);
    assert.match(events.printed, /sigkill policy kill-one/);
  });

  it('prints, line by line, what the README shows', (t) => {
    if (up.features().fentry.available === 'yes')
      return t.skip('the README shows a host without fentry, and this one has it');
    const all = [up.screen, events.printed, output].join('\n');
    for (const step of STEPS)
      assert.deepEqual(absent(step, all, place.stateDir), [], `${step.command}\n${all}`);
    return undefined;
  });
});
