// SPDX-License-Identifier: Apache-2.0
/** Events name the pod of a process as Tetragon does, once it is known, and as it is then. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eventPod } from '../../../../src/agent/pods/event-pod.ts';
import { PodIndex } from '../../../../src/agent/pods/pod-index.ts';
import { readPod } from '../../../../src/agent/pods/pod-object.ts';
import { BootClock } from '../../../../src/watch/boot-clock.ts';
import { ProcessCache } from '../../../../src/watch/process-cache.ts';
import type { KernelRecord } from '../../../../src/watch/records.ts';

const ID = '0123456789abcdef'.repeat(4);
const SHOWN = ID.slice(0, 31);

function webPod(labels: object) {
  const status = {
    ...{ name: 'app', containerID: `containerd://${ID}`, image: 'r/app:1', imageID: 'r/app@sha256:0' },
    state: { running: { startedAt: '2026-01-01T00:00:00Z' } },
  };
  const metadata = { name: 'web-1', namespace: 'team-a', uid: 'u', labels };
  const pod = readPod({ metadata, status: { containerStatuses: [status] } });
  assert.ok(pod);
  return pod;
}

it('is found by the beginning of a container’s id, and shown in Tetragon’s names', () => {
  const index = new PodIndex();
  assert.equal(index.ofShortId(SHOWN), undefined);
  index.put(webPod({ app: 'web' }));
  const listed = index.ofShortId(SHOWN);
  assert.deepEqual(listed && eventPod(listed), {
    ...{ namespace: 'team-a', name: 'web-1', uid: 'u' },
    container: {
      id: `containerd://${ID}`,
      name: 'app',
      image: { id: 'r/app@sha256:0', name: 'r/app:1' },
      start_time: '2026-01-01T00:00:00Z',
    },
    pod_labels: { app: 'web' },
  });
});

it('stands in what is shown of a process from the time on at which it is known', () => {
  const index = new PodIndex();
  const podOf = (shown: string) => {
    const listed = index.ofShortId(shown);
    return listed && eventPod(listed);
  };
  const clock = new BootClock({ realNs: 0n, bootNs: 0n });
  const cache = new ProcessCache('n', clock, podOf);
  const pid = 2 ** 22 + 7; // none of the kernel's
  const record = { tgid: pid, startBootNs: 5n, uid: 0, auid: 0, parentTgid: 0, parentStartBootNs: 0n };
  cache.onExec({ ...record, values: [] } as unknown as KernelRecord);
  const entry = cache.at(pid);
  assert.ok(entry);
  entry.container = SHOWN;
  const shown = () => cache.show(pid, 5n);
  assert.deepEqual([shown().docker, shown().pod], [SHOWN, undefined]);
  index.put(webPod({}));
  cache.podsChanged();
  assert.deepEqual([shown().pod?.name, shown().pod?.pod_labels], ['web-1', undefined]);
  index.put(webPod({ app: 'web' }));
  assert.equal(shown().pod?.pod_labels, undefined);
  cache.podsChanged();
  assert.deepEqual(shown().pod?.pod_labels, { app: 'web' });
});
