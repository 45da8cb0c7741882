// SPDX-License-Identifier: Apache-2.0
// What bpf(2) tells of the objects that are there: their ids, and of each what the kernel says of it, as bytes in the kernel's own
// layout. Newer fields than this machine's headers know come along: the bytes are as many as the kernel fills.
#include "exports.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <vector>

using Napi::Array, Napi::Buffer, Napi::CallbackInfo, Napi::Env, Napi::Error, Napi::Number, Napi::Object, Napi::String, Napi::Value;

namespace tracegate {
namespace {

enum Kind { kProgram = 1, kMap, kLink, kBtf };
constexpr size_t kInfoBytes = 512, kTextBytes = 512, kMapsMost = 4096, kIdsMost = 1 << 20;

Error failure(Env env, const char *what, int err) {
  Error e = Error::New(env, std::string(what) + ": " + strerror(err));
  e.Set("errno", Number::New(env, err));
  return e;
}

int next_id(int kind, uint32_t after, uint32_t *next) {
  switch (kind) {
    case kProgram: return bpf_prog_get_next_id(after, next);
    case kMap: return bpf_map_get_next_id(after, next);
    case kLink: return bpf_link_get_next_id(after, next);
    default: return bpf_btf_get_next_id(after, next);
  }
}

int fd_of_id(int kind, uint32_t id) {
  switch (kind) {
    case kProgram: return bpf_prog_get_fd_by_id(id);
    case kMap: return bpf_map_get_fd_by_id(id);
    case kLink: return bpf_link_get_fd_by_id(id);
    default: return bpf_btf_get_fd_by_id(id);
  }
}

struct Info {
  std::vector<char> bytes = std::vector<char>(kInfoBytes);
  uint32_t size = 0;
  template <typename T> T at(size_t offset) const {
    T value;
    memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }
  template <typename T> void put(size_t offset, T value) { memcpy(bytes.data() + offset, &value, sizeof value); }
  int read(int fd) {
    size = kInfoBytes;
    return bpf_obj_get_info_by_fd(fd, bytes.data(), &size) ? errno : 0;
  }
};

// where struct bpf_link_info asks for a text, by the type of the link: its address and its length
enum LinkType { kRawTracepoint = 1, kIter = 4, kPerfEvent = 7 };
enum PerfType { kUprobe = 1, kUretprobe, kKprobe, kKretprobe, kTracepoint };

size_t text_at(const Info &info) {
  switch (info.at<uint32_t>(0)) {
    case kRawTracepoint: case kIter: return 16;
    case kPerfEvent: return info.at<uint32_t>(16) >= kUprobe && info.at<uint32_t>(16) <= kTracepoint ? 24 : 0;
  }
  return 0;
}

// The ids of a program's maps: how many there are is told first.
std::vector<uint32_t> maps_of(int fd, uint32_t count) {
  std::vector<uint32_t> ids(count < kMapsMost ? count : kMapsMost);
  struct bpf_prog_info info = {};
  uint32_t size = sizeof info;
  info.nr_map_ids = ids.size();
  info.map_ids = (uint64_t)(uintptr_t)ids.data();
  if (ids.empty() || bpf_obj_get_info_by_fd(fd, &info, &size)) return {};
  ids.resize(info.nr_map_ids < ids.size() ? info.nr_map_ids : ids.size());
  return ids;
}

// A name longer than the kernel keeps, by the type of the program's first function.
std::string full_name(int fd, const Info &known) {
  struct bpf_prog_info info = {};
  uint32_t size = sizeof info, first[64] = {};
  const uint32_t record_size = known.at<uint32_t>(offsetof(struct bpf_prog_info, func_info_rec_size));
  const uint32_t btf_id = known.at<uint32_t>(offsetof(struct bpf_prog_info, btf_id));
  if (!btf_id || record_size < 8 || record_size > sizeof first) return "";
  info.nr_func_info = 1;
  info.func_info_rec_size = record_size;
  info.func_info = (uint64_t)(uintptr_t)first;
  if (bpf_obj_get_info_by_fd(fd, &info, &size)) return "";
  struct btf *btf = btf__load_from_kernel_by_id(btf_id);
  const struct btf_type *type = btf ? btf__type_by_id(btf, first[1]) : nullptr;
  std::string name = type ? btf__name_by_offset(btf, type->name_off) : "";
  btf__free(btf);
  return name;
}

Object described(Env env, int kind, int fd) {
  Object result = Object::New(env);
  Info info;
  if (int err = info.read(fd)) throw failure(env, "object info", err);
  if (kind == kProgram) {
    std::vector<uint32_t> ids = maps_of(fd, info.at<uint32_t>(offsetof(struct bpf_prog_info, nr_map_ids)));
    Array list = Array::New(env, ids.size());
    for (uint32_t i = 0; i < ids.size(); i++) list.Set(i, ids[i]);
    result.Set("mapIds", list);
    const char *name = info.bytes.data() + offsetof(struct bpf_prog_info, name);
    if (strnlen(name, BPF_OBJ_NAME_LEN) == BPF_OBJ_NAME_LEN - 1) {
      std::string full = full_name(fd, info);
      if (full.compare(0, BPF_OBJ_NAME_LEN - 1, name) == 0) result.Set("text", String::New(env, full));
    }
  }
  if (size_t at = kind == kLink ? text_at(info) : 0) {
    char text[kTextBytes] = {};
    Info asked;
    asked.put<uint64_t>(at, (uint64_t)(uintptr_t)text);
    asked.put<uint32_t>(at + 8, sizeof text - 1);
    if (asked.read(fd) == 0) result.Set("text", String::New(env, text));
  }
  result.Set("info", Buffer<char>::Copy(env, info.bytes.data(), info.size));
  return result;
}

// What the kernel calls the file behind a descriptor of one of its objects.
int kind_of_fd(int fd) {
  char place[64], target[64] = {};
  snprintf(place, sizeof place, "/proc/self/fd/%d", fd);
  if (readlink(place, target, sizeof target - 1) < 0) return 0;
  const std::string name = target;
  if (name.find("bpf-prog") != std::string::npos) return kProgram;
  if (name.find("bpf-map") != std::string::npos) return kMap;
  return name.find("bpf_link") != std::string::npos ? kLink : 0;
}

}  // namespace

Value object_ids(const CallbackInfo &info) {
  int kind = info[0].As<Number>();
  Array ids = Array::New(info.Env());
  uint32_t id = 0, n = 0;
  while (n < kIdsMost && next_id(kind, id, &id) == 0) ids.Set(n++, id);
  if (errno != ENOENT) throw failure(info.Env(), "next id", errno);
  return ids;
}

Value object_info(const CallbackInfo &info) {
  int kind = info[0].As<Number>();
  int fd = fd_of_id(kind, info[1].As<Number>().Uint32Value());
  if (fd < 0 && errno == ENOENT) return info.Env().Undefined();
  if (fd < 0) throw failure(info.Env(), "open by id", errno);
  try {
    Object result = described(info.Env(), kind, fd);
    close(fd);
    return result;
  } catch (...) {
    close(fd);
    throw;
  }
}

Value pinned_object(const CallbackInfo &info) {
  Env env = info.Env();
  int fd = bpf_obj_get(info[0].As<String>().Utf8Value().c_str());
  if (fd < 0) throw failure(env, "open pin", errno);
  int kind = kind_of_fd(fd);
  Info found;
  int err = kind ? found.read(fd) : EINVAL;
  close(fd);
  if (err) throw failure(env, "pinned object", err);
  Object result = Object::New(env);
  result.Set("kind", kind);
  result.Set("id", found.at<uint32_t>(kind == kProgram ? offsetof(struct bpf_prog_info, id) : 4));
  return result;
}

Value attach_iter(const CallbackInfo &info) {
  int link = bpf_link_create(info[0].As<Number>(), 0, BPF_TRACE_ITER, nullptr);
  if (link < 0) throw failure(info.Env(), "attach iterator", errno);
  return Number::New(info.Env(), link);
}

Value open_iter(const CallbackInfo &info) {
  int fd = bpf_iter_create(info[0].As<Number>());
  if (fd < 0) throw failure(info.Env(), "open iterator", errno);
  return Number::New(info.Env(), fd);
}

Value missed_runs(const CallbackInfo &info) {
  struct bpf_prog_info found = {};
  uint32_t size = sizeof found;
  if (bpf_obj_get_info_by_fd(info[0].As<Number>(), &found, &size)) throw failure(info.Env(), "program info", errno);
  return Number::New(info.Env(), (double)found.recursion_misses);
}

}  // namespace tracegate
