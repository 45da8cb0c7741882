// SPDX-License-Identifier: Apache-2.0
// What addon.cc exports from other files of this folder.
#pragma once
#include <napi.h>

namespace tracegate {

// prepareTemplate(insns) → an opaque template
Napi::Value prepare_template(const Napi::CallbackInfo &info);

// specialise(template, {templateFd, fd, bytes, wanted: number[]}) → {insns, places: number[]}
Napi::Value specialise_template(const Napi::CallbackInfo &info);

// attachUprobe(progFd, {path, offset, refCtrOffset, atReturn, pmuType, returnBit}) → link fd; the perf event lives as
// long as the link. One event sees every process on every CPU.
Napi::Value attach_uprobe(const Napi::CallbackInfo &info);

// attachUprobeMulti(progFd, {path, offset, refCtrOffset, atReturn}) → link fd
Napi::Value attach_uprobe_multi(const Napi::CallbackInfo &info);

// openMapEvent(cpu, mark) → fd: while it is open, the kernel tells mappings with build ids
Napi::Value map_entries(const Napi::CallbackInfo &info);
Napi::Value open_map_event(const Napi::CallbackInfo &info);

// objectIds(kind) → ids; kind: 1 programs, 2 maps, 3 links, 4 BTF
Napi::Value object_ids(const Napi::CallbackInfo &info);
// objectInfo(kind, id) → {info, mapIds?, text?}, or undefined where it has gone
Napi::Value object_info(const Napi::CallbackInfo &info);
// pinnedObject(path) → {kind, id}
Napi::Value pinned_object(const Napi::CallbackInfo &info);
// attachIter(progFd) → link fd; openIter(linkFd) → a descriptor to read from
Napi::Value attach_iter(const Napi::CallbackInfo &info);
Napi::Value open_iter(const Napi::CallbackInfo &info);
// missedRuns(progFd): how often the kernel left the program out because it was running already
Napi::Value missed_runs(const Napi::CallbackInfo &info);

// Ring(mapFd, onBatch(memory, lengthBytes)): drain() reads what is there now, close() ends it
Napi::Function define_ring(Napi::Env env);

}  // namespace tracegate
