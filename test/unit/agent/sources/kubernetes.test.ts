// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { KubernetesSource } from '../../../../src/agent/sources/kubernetes.ts';
import type { Fault } from '../../../../src/errors.ts';
import { until } from '../../service/gate-under-test.ts';
import { RecordingSink, SmallApiServer } from './small-api-server.ts';

interface Followed {
  api: SmallApiServer;
  sink: RecordingSink;
  source: KubernetesSource;
  faults: Fault[];
  /** the calls since the last look, once there are as many */
  calls(count: number): Promise<string[]>;
  /** nothing more comes */
  quiet(): Promise<void>;
}

async function following(
  t: TestContext,
  options: { prepare?: (api: SmallApiServer) => void; idleMs?: number } = {},
): Promise<Followed> {
  const api = new SmallApiServer();
  const sink = new RecordingSink();
  const faults: Fault[] = [];
  options.prepare?.(api);
  const source = new KubernetesSource({
    ...{ connection: await api.start(), sink, backoff: { firstMs: 2, maxMs: 20 } },
    ...(options.idleMs !== undefined && { idleMs: options.idleMs }),
    onTrouble: (fault) => faults.push(fault),
  });
  t.after(async () => {
    await source.stop();
    api.stop();
  });
  source.start();
  const calls = async (count: number) => {
    await until(() => sink.calls.length >= count, `${count} calls, there are: ${sink.calls.join('; ')}`);
    return sink.calls.splice(0);
  };
  const quiet = async () => {
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.deepEqual(sink.calls, []);
  };
  return { api, sink, source, faults, calls, quiet };
}

/** Synced, and the watch stands. */
async function watching(t: TestContext, names: string[] = [], idleMs?: number): Promise<Followed> {
  const prepare = (api: SmallApiServer) => {
    for (const name of names) api.put(name);
  };
  const followed = await following(t, { prepare, ...(idleMs !== undefined && { idleMs }) });
  await followed.calls(names.length + 1);
  await until(() => followed.api.watching === 1, 'watching');
  return followed;
}

describe('a source that follows an API server', () => {
  it('hands over what is stored at the start, then says it has synced', async (t) => {
    const { source, calls } = await following(t, {
      prepare: (api) => {
        api.put('a');
        api.put('b');
      },
    });
    assert.equal(source.hasSynced, false);
    assert.deepEqual(await calls(3), ['put a uid-1', 'put b uid-2', 'listed a,b']);
    await until(() => source.hasSynced, 'synced');
    assert.deepEqual(source.troubles(), []);
  });

  it('reads long lists in pages of at most 500', async (t) => {
    const { api, calls } = await following(t, {
      prepare: (api) => {
        api.pageItems = 3;
        for (let i = 0; i < 8; i++) api.put(`p${i}`);
      },
    });
    assert.equal((await calls(9)).length, 9);
    const lists = api.asked.filter((url) => !url.searchParams.get('watch'));
    assert.deepEqual(
      lists.map((url) => [url.searchParams.get('limit'), url.searchParams.get('continue')]),
      [
        ['500', null],
        ['500', '3'],
        ['500', '6'],
      ],
    );
  });

  it('hands over each change once, with the newest document', async (t) => {
    const { api, sink, calls, quiet } = await watching(t);
    api.put('a', { kprobes: [] });
    assert.deepEqual(await calls(1), ['put a uid-1']);
    api.put('a', { kprobes: [1] });
    assert.deepEqual(await calls(1), ['put a uid-1']);
    assert.deepEqual((sink.documents.get('a') as { spec: unknown }).spec, { kprobes: [1] });
    api.delete('a');
    assert.deepEqual(await calls(1), ['remove a uid-1']);
    await quiet();
  });

  it('asks for bookmarks, a time limit, and the version of its list', async (t) => {
    const { api } = await watching(t, ['a']);
    const [watch] = api.asked.filter((url) => url.searchParams.get('watch'));
    assert.equal(watch?.searchParams.get('allowWatchBookmarks'), 'true');
    assert.equal(watch?.searchParams.get('resourceVersion'), '11');
    assert.ok(Number(watch?.searchParams.get('timeoutSeconds')) >= 300);
  });

  it('takes a name with another uid for another object', async (t) => {
    const { api, calls } = await watching(t, ['a']);
    api.delete('a');
    api.put('a');
    assert.deepEqual(await calls(2), ['remove a uid-1', 'put a uid-2']);
  });
});

describe('a stream that ends', () => {
  for (const how of ['politely', 'cut'] as const) {
    it(`${how}: goes on from the last version, without loss or doubling, without a new list`, async (t) => {
      const { api, calls, quiet } = await watching(t, ['a']);
      api.put('b');
      await calls(1);
      const before = api.asked.length;
      api.end(how);
      api.put('c');
      api.delete('a');
      assert.deepEqual((await calls(2)).sort(), ['put c uid-3', 'remove a uid-1']);
      await quiet();
      const later = api.asked.slice(before);
      assert.ok(later.every((url) => url.searchParams.get('watch')));
      assert.equal(later[0]?.searchParams.get('resourceVersion'), '12');
    });
  }

  it('after a bookmark: goes on from the bookmark', async (t) => {
    const { api } = await watching(t);
    const before = api.asked.length;
    api.say({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '4711' } } });
    await new Promise((resolve) => setTimeout(resolve, 20));
    api.end('politely');
    await until(() => api.asked.length > before, 'asked again');
    assert.equal(api.asked[before]?.searchParams.get('resourceVersion'), '4711');
  });

  it('in the middle of an event: the event is not lost', async (t) => {
    const { api, calls, quiet } = await watching(t);
    api.next.push((_url, response) => {
      response.writeHead(200);
      response.end('{"type":"ADDED","object":{"metadata":{"na');
    });
    api.end('cut');
    api.put('a');
    assert.deepEqual(await calls(1), ['put a uid-1']);
    await quiet();
  });

  it('by falling silent: it is taken for dead', async (t) => {
    const { api, faults } = await watching(t, [], 50);
    const before = api.asked.length;
    await until(() => api.asked.length > before, 'asked again');
    assert.match(String(faults[0]?.message), /sent nothing for 50 ms/);
  });
});

describe('a version that is gone', () => {
  it('as an HTTP status: lists anew, hands over what is new, removes what is missing, repeats nothing', async (t) => {
    const { api, calls, quiet } = await watching(t, ['a', 'b', 'c']);
    api.end('cut');
    api.delete('a');
    api.delete('b');
    api.put('b');
    api.put('d');
    api.compact();
    assert.deepEqual(await calls(5), [
      'remove a uid-1',
      'remove b uid-2',
      'put b uid-4',
      'put d uid-5',
      'listed b,c,d',
    ]);
    await quiet();
  });

  it('as an ERROR event inside the stream: the same', async (t) => {
    const { api, calls, faults } = await watching(t, ['a']);
    api.say({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } });
    assert.deepEqual(await calls(1), ['listed a']);
    await until(() => api.watching === 1, 'watching again');
    assert.deepEqual(faults, [], 'this is nothing to be told about');
  });

  it('between two pages of a list: the list begins again, and nothing of the first half counts', async (t) => {
    const { calls } = await following(t, {
      prepare: (api) => {
        api.put('a');
        api.put('b');
        api.pageItems = 1;
        const first = { metadata: { resourceVersion: '1', continue: '1' }, items: [] };
        api.next.push((_url, response) => response.end(JSON.stringify(first)));
        api.next.push((_url, response) => response.writeHead(410).end('{"code":410}'));
      },
    });
    assert.deepEqual(await calls(3), ['put a uid-1', 'put b uid-2', 'listed a,b']);
  });
});

describe('what cannot be relied on', () => {
  for (const [what, line] of [
    ['bytes that are no JSON', 'garbage'],
    ['an event of an unknown type', { type: 'WEIRD', object: {} }],
    ['an object without identity', { type: 'ADDED', object: { metadata: { name: 'x' } } }],
    ['another error', { type: 'ERROR', object: { code: 500, message: 'etcd is on fire' } }],
  ] as const) {
    it(`${what}: is told, and answered with a new list`, async (t) => {
      const { api, calls, faults } = await watching(t, ['a']);
      api.say(line);
      assert.deepEqual(await calls(1), ['listed a']);
      assert.equal(faults.length, 1);
    });
  }

  for (const body of ['{}', '{"items":[]}', '{"metadata":{"resourceVersion":"1"}}', 'no JSON', '[]']) {
    it(`a list that answers ${body} removes nothing`, async (t) => {
      const { api, calls, sink, faults } = await watching(t, ['a']);
      api.next.push((_url, response) => response.writeHead(410).end('{"code":410}'));
      api.next.push((_url, response) => response.end(body));
      api.end('cut');
      await calls(1);
      assert.ok(sink.documents.has('a'));
      assert.equal(faults.length >= 1, true);
    });
  }

  it('no permission: is told once with the words of the server, and tried again', async (t) => {
    const { faults, source, calls } = await following(t, {
      prepare: (api) => {
        const no = '{"code":403,"message":"cannot list resource tracingpolicies"}';
        for (let i = 0; i < 3; i++) api.next.push((_url, response) => response.writeHead(403).end(no));
      },
    });
    await calls(1);
    await until(() => source.hasSynced && source.troubles().length === 0, 'works');
    assert.deepEqual(
      faults.map(({ code, message }) => [code, message]),
      [['forbidden', 'the API server answered 403: cannot list resource tracingpolicies']],
    );
  });
});

describe('a sink that fails', () => {
  it('gets the object again, while the others go on', async (t) => {
    const { api, sink, calls, faults } = await watching(t);
    sink.fails.set('a', 3);
    api.put('a');
    api.put('b');
    assert.deepEqual(await calls(2), ['put b uid-2', 'put a uid-1']);
    assert.equal(faults.length, 3);
    assert.match(faults[0]?.message ?? '', /a cannot be taken now/);
  });

  it('gets the newest state only, and the removal of what may have come half through', async (t) => {
    const { api, sink, calls, quiet } = await watching(t);
    sink.fails.set('a', 1000);
    api.put('a');
    await until(() => (sink.fails.get('a') ?? 0) < 1000, 'failed once');
    api.delete('a');
    await new Promise((resolve) => setTimeout(resolve, 20));
    sink.fails.set('a', 0);
    assert.deepEqual(await calls(1), ['remove a uid-1']);
    await quiet();
  });
});

describe('stopping', () => {
  it('ends the watch and hands over nothing more', async (t) => {
    const { api, source, sink } = await watching(t, ['a']);
    await source.stop();
    await until(() => api.watching === 0, 'the stream is closed');
    api.put('b');
    await new Promise((resolve) => setTimeout(resolve, 30));
    assert.deepEqual(sink.calls, []);
  });
});
