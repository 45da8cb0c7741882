// SPDX-License-Identifier: Apache-2.0
import { rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { Service } from '../service/index.ts';
import { closeServer } from './listening.ts';

const GRACE_MS = 2_000;

export interface Closing {
  servers: Server[];
  service: Service;
  rules: { stop(): Promise<void> };
  sinks: { close(): Promise<void> };
  databases: { close(): void }[];
  /** what tells others that a gate is here */
  files: string[];
}

/** No new work, then what is under way, then the last record, on its way too, then the files. Safe to call twice. */
export function closer({ servers, service, rules, sinks, databases, files }: Closing): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const file of files) rmSync(file, { force: true });
    await Promise.all(servers.map((server) => closeServer(server, GRACE_MS)));
    await rules.stop();
    await service.stop();
    await sinks.close();
    for (const database of databases) database.close();
  };
  return () => {
    closing ??= close();
    return closing;
  };
}
