// SPDX-License-Identifier: Apache-2.0
// Programs hung on places in user programs. libbpf would look the places up by itself; here they are known, and the
// link is what is wanted: it is pinned, and holds while no agent runs.
#include "exports.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

using Napi::CallbackInfo, Napi::Env, Napi::Error, Napi::Number, Napi::Object, Napi::String, Napi::Value;

namespace {

// The part of union bpf_attr that BPF_LINK_CREATE takes here, as of 6.6; older headers do not have it.
struct LinkCreateUprobeMulti {
  uint32_t prog_fd, target_fd, attach_type, flags;
  uint64_t path, offsets, ref_ctr_offsets, cookies;
  uint32_t cnt, multi_flags, pid, reserved;
};
constexpr uint32_t kTraceUprobeMulti = 48, kMultiReturn = 1;
constexpr int kRefCtrShift = 32;  // PERF_UPROBE_REF_CTR_OFFSET_SHIFT

struct Place {
  std::string path;
  uint64_t offset, ref_ctr_offset;
  bool at_return;
};

Place place_of(const Object &o) {
  return {o.Get("path").As<String>(), (uint64_t)o.Get("offset").As<Number>().Int64Value(),
          (uint64_t)o.Get("refCtrOffset").As<Number>().Int64Value(), o.Get("atReturn").As<Napi::Boolean>()};
}

Value link_or_throw(Env env, const char *what, int fd) {
  if (fd >= 0) return Number::New(env, fd);
  int err = errno;
  Error e = Error::New(env, std::string(what) + ": " + strerror(err));
  e.Set("errno", Number::New(env, err));
  throw e;
}

}  // namespace

namespace tracegate {

Value attach_uprobe(const CallbackInfo &info) {
  Object o = info[1].As<Object>();
  Place place = place_of(o);
  struct perf_event_attr attr = {};
  attr.type = o.Get("pmuType").As<Number>().Uint32Value();
  attr.size = sizeof attr;
  attr.config = place.ref_ctr_offset << kRefCtrShift;
  if (place.at_return) attr.config |= 1ULL << o.Get("returnBit").As<Number>().Uint32Value();
  attr.uprobe_path = (uint64_t)place.path.c_str();
  attr.probe_offset = place.offset;
  int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  if (event < 0) return link_or_throw(info.Env(), "open uprobe", event);
  int link = bpf_link_create(info[0].As<Number>(), event, BPF_PERF_EVENT, nullptr);
  int err = errno;
  close(event);
  errno = err;
  return link_or_throw(info.Env(), "attach uprobe", link);
}

Value attach_uprobe_multi(const CallbackInfo &info) {
  Place place = place_of(info[1].As<Object>());
  LinkCreateUprobeMulti attr = {};
  attr.prog_fd = info[0].As<Number>().Uint32Value();
  attr.attach_type = kTraceUprobeMulti;
  attr.path = (uint64_t)place.path.c_str();
  attr.offsets = (uint64_t)&place.offset;
  if (place.ref_ctr_offset) attr.ref_ctr_offsets = (uint64_t)&place.ref_ctr_offset;
  attr.cnt = 1;
  attr.multi_flags = place.at_return ? kMultiReturn : 0;
  return link_or_throw(info.Env(), "attach uprobe", syscall(SYS_bpf, BPF_LINK_CREATE, &attr, sizeof attr));
}

}  // namespace tracegate
