// SPDX-License-Identifier: Apache-2.0
/** Whether a kernel takes signatures of BPF programs: what it is asked with (`union bpf_attr`) has a place for one then. */
import { type Btf, KIND } from './btf.ts';

export function checksBpfSignatures(btf: Btf | null): boolean {
  const id = btf?.find(KIND.UNION, 'bpf_attr');
  if (btf === null || id === undefined) return false;
  return btf.members(btf.type(id)).some(({ typeId }) => {
    const part = btf.resolve(typeId);
    return part?.kind === KIND.STRUCT && btf.members(part).some(({ name }) => name === 'signature');
  });
}
