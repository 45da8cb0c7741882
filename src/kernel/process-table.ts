// SPDX-License-Identifier: Apache-2.0
/** The processes that run now, from /proc: what filters ask of a process, and whose it is. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { TG_CAPSET, TG_NAMESPACE } from '../plan/layout.generated.ts';
import { containerIn } from './container-id.ts';

export interface RunningProcess {
  pid: number;
  /** absent: a kernel thread, or another user's */
  binary?: string;
  parentBinary?: string;
  /** up to the first process */
  pids: number[];
  wholeLineage: true;
  inContainer: boolean;
  namespaces?: ReadonlyMap<number, bigint>;
  capabilities?: ReadonlyMap<number, bigint>;
  /** by the names that `struct cred` has for them */
  ids?: Readonly<Record<string, bigint>>;
  unit?: string;
  container?: string;
}

interface Row {
  pid: number;
  parent: number;
  binary?: string;
  cgroup: string;
  namespaces?: ReadonlyMap<number, bigint>;
  capabilities?: ReadonlyMap<number, bigint>;
  /** by the names that `struct cred` has for them */
  ids?: Readonly<Record<string, bigint>>;
}

/** `hidden`: processes whose program this user may not see. */
export function processTable(root = '/proc'): { processes: RunningProcess[]; hidden: number } {
  const rows = new Map<number, Row>();
  let hidden = 0;
  for (const name of readdirSync(root)) {
    if (!/^\d+$/.test(name)) continue;
    const row = rowOf(root, Number(name));
    if (row === 'gone') continue;
    if (row === 'hidden') hidden++;
    else rows.set(row.pid, row);
  }
  return { processes: [...rows.values()].map((row) => processOf(row, rows)), hidden };
}

function rowOf(root: string, pid: number): Row | 'gone' | 'hidden' {
  const folder = `${root}/${pid}`;
  try {
    const stat = readFileSync(`${folder}/stat`, 'utf8');
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]); // the name may hold spaces
    const binary = linkOf(`${folder}/exe`);
    if (binary === 'hidden') return 'hidden';
    const namespaces = namespacesOf(folder);
    return {
      ...{ pid, parent, cgroup: readFileSync(`${folder}/cgroup`, 'utf8') },
      ...(binary !== undefined && { binary: binary.replace(/ \(deleted\)$/, '') }),
      ...(namespaces && { namespaces }),
      ...ofStatus(readFileSync(`${folder}/status`, 'utf8')),
    };
  } catch {
    return 'gone'; // it ended while being read
  }
}

function linkOf(file: string): string | 'hidden' | undefined {
  try {
    return readlinkSync(file);
  } catch (thrown) {
    // a kernel thread has none
    return (thrown as NodeJS.ErrnoException).code === 'EACCES' ? 'hidden' : undefined;
  }
}

// biome-ignore format: a table is read in rows
const NAMESPACES: Readonly<Record<string, number>> = {
  uts: TG_NAMESPACE.TG_NS_UTS, ipc: TG_NAMESPACE.TG_NS_IPC, mnt: TG_NAMESPACE.TG_NS_MNT, pid: TG_NAMESPACE.TG_NS_PID,
  pid_for_children: TG_NAMESPACE.TG_NS_PID_FOR_CHILDREN, net: TG_NAMESPACE.TG_NS_NET, time: TG_NAMESPACE.TG_NS_TIME,
  time_for_children: TG_NAMESPACE.TG_NS_TIME_FOR_CHILDREN, cgroup: TG_NAMESPACE.TG_NS_CGROUP, user: TG_NAMESPACE.TG_NS_USER,
};

function namespacesOf(folder: string): ReadonlyMap<number, bigint> | undefined {
  try {
    const pairs = Object.entries(NAMESPACES).flatMap(([name, code]) => {
      const [, inode] = /\[(\d+)\]$/.exec(readlinkSync(`${folder}/ns/${name}`)) ?? [];
      return inode === undefined ? [] : [[code, BigInt(inode)] as const];
    });
    return new Map(pairs);
  } catch {
    return undefined; // another user's
  }
}

const SETS = {
  CapInh: TG_CAPSET.TG_CAP_INHERITABLE,
  CapPrm: TG_CAPSET.TG_CAP_PERMITTED,
  CapEff: TG_CAPSET.TG_CAP_EFFECTIVE,
} as const;

/** As `status` has them: real, effective, saved, of the file system. */
const IDS = {
  Uid: ['uid', 'euid', 'suid', 'fsuid'],
  Gid: ['gid', 'egid', 'sgid', 'fsgid'],
} as const;

function ofStatus(status: string): Pick<RunningProcess, 'capabilities' | 'ids'> {
  const ids = Object.entries(IDS).flatMap(([line, names]) => {
    const [, numbers = ''] = new RegExp(`^${line}:\\s+(.+)$`, 'm').exec(status) ?? [];
    const values = numbers.split(/\s+/);
    return names.flatMap((name, i) =>
      /^\d+$/.test(values[i] ?? '') ? [[name, BigInt(values[i] ?? 0)]] : [],
    );
  });
  return { capabilities: capabilitiesOf(status), ids: Object.fromEntries(ids) };
}

function capabilitiesOf(status: string): ReadonlyMap<number, bigint> {
  const pairs = Object.entries(SETS).flatMap(([name, code]) => {
    const [, mask] = new RegExp(`^${name}:\\s+([0-9a-f]+)$`, 'm').exec(status) ?? [];
    return mask === undefined ? [] : [[code, BigInt(`0x${mask}`)] as const];
  });
  return new Map(pairs);
}

function processOf(row: Row, rows: ReadonlyMap<number, Row>): RunningProcess {
  const { pid, binary, namespaces, capabilities, ids } = row;
  const parentBinary = rows.get(row.parent)?.binary;
  const container = containerIn(row.cgroup);
  const unit = unitOf(row.cgroup);
  return {
    ...{ pid, pids: lineageOf(row, rows), wholeLineage: true, inContainer: container !== undefined },
    ...(binary !== undefined && { binary }),
    ...(parentBinary !== undefined && { parentBinary }),
    ...(namespaces && { namespaces }),
    ...(capabilities && { capabilities }),
    ...(ids && { ids }),
    ...(container !== undefined && { container }),
    ...(unit !== undefined && { unit }),
  };
}

function lineageOf(row: Row, rows: ReadonlyMap<number, Row>): number[] {
  const pids: number[] = [];
  for (let at: Row | undefined = row; at && !pids.includes(at.pid); at = rows.get(at.parent))
    pids.push(at.pid);
  return pids;
}

const pathsOf = (cgroup: string) => cgroup.split('\n').map((line) => line.split(':').slice(2).join(':'));

/** The innermost service or scope of systemd. */
function unitOf(cgroup: string): string | undefined {
  for (const path of pathsOf(cgroup)) {
    const unit = path.split('/').findLast((name) => /\.(service|scope)$/.test(name));
    if (unit !== undefined) return unit;
  }
  return undefined;
}
