// SPDX-License-Identifier: Apache-2.0
// What of libbpf and bpf(2) the runtime needs, one call each. JavaScript validates (src/runtime/native.ts is the only
// caller), this file trusts and reports: every failure throws an Error with `errno` and, for loads, `log`.
#include <napi.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <memory>
#include <map>
#include <string>
#include <vector>

#include "exports.h"
#include "kernel_types.h"

using Napi::Buffer, Napi::CallbackInfo, Napi::Env, Napi::Error, Napi::Function, Napi::Number, Napi::Object, Napi::String,
    Napi::Value;

namespace {

std::string libbpf_words;  // what libbpf said during the call that runs now (one thread, synchronous calls)

int keep_words(enum libbpf_print_level level, const char *format, va_list args) {
  if (level == LIBBPF_DEBUG) return 0;
  char line[4096];
  int n = vsnprintf(line, sizeof line, format, args);
  if (n > 0) libbpf_words.append(line, n < (int)sizeof line ? n : sizeof line - 1);
  if (libbpf_words.size() > (1 << 20)) libbpf_words.erase(0, libbpf_words.size() - (1 << 19));
  return n;
}

Error failure(Env env, const char *what, int err, const std::string &log = "") {
  if (err < 0) err = -err;
  Error e = Error::New(env, std::string(what) + ": " + strerror(err));
  e.Set("errno", Number::New(env, err));
  if (!log.empty()) e.Set("log", String::New(env, log));
  return e;
}

int fd_or_throw(Env env, const char *what, int fd) {
  if (fd < 0) throw failure(env, what, errno ? errno : -fd);
  return fd;
}

int int_of(const Object &o, const char *key) { return o.Get(key).As<Number>().Int32Value(); }
std::string text_of(const Object &o, const char *key) { return o.Get(key).As<String>().Utf8Value(); }

struct FuncInfo { uint32_t insn_off, type_id; };
struct TypedFunction { std::string section, name; FuncInfo info; };

// The functions of an object's sections, from .BTF.ext: byte offset in the section and BTF type id.
std::vector<TypedFunction> functions_of(const char *path) {
  std::vector<TypedFunction> all;
  struct btf_ext *ext = nullptr;
  struct btf *btf = btf__parse_elf(path, &ext);
  if (!btf || libbpf_get_error(btf)) return all;
  if (ext) {
    uint32_t size = 0;
    const char *raw = (const char *)btf_ext__get_raw_data(ext, &size);
    struct Header { uint16_t magic; uint8_t version, flags; uint32_t hdr_len, func_off, func_len; } h;
    if (raw && size >= sizeof h) {
      memcpy(&h, raw, sizeof h);
      const char *p = raw + h.hdr_len + h.func_off, *end = p + h.func_len;
      uint32_t rec_size = 0;
      if (h.func_len >= 4) { memcpy(&rec_size, p, 4); p += 4; }
      while (p + 8 <= end && rec_size >= sizeof(FuncInfo)) {
        uint32_t name, count;
        memcpy(&name, p, 4); memcpy(&count, p + 4, 4); p += 8;
        for (uint32_t i = 0; i < count && p + rec_size <= end; i++, p += rec_size) {
          FuncInfo f;
          memcpy(&f, p, sizeof f);
          const struct btf_type *type = btf__type_by_id(btf, f.type_id);
          const char *function = type ? btf__name_by_offset(btf, type->name_off) : nullptr;
          all.push_back({btf__name_by_offset(btf, name) ?: "", function ?: "", f});
        }
      }
    }
    btf_ext__free(ext);
  }
  btf__free(btf);
  return all;
}

// The relocated instructions of templates: they are never loaded as they stand, only copies of them with a hook's
// configuration put in. libbpf relocates while it loads, so what it then loads instead is a program that does nothing.
std::map<const struct bpf_program *, std::vector<struct bpf_insn>> template_insns;
const tracegate::KernelTypes *kernel_types;

int keep_template(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long) {
  const struct bpf_insn *insns = bpf_program__insns(prog);
  template_insns[prog].assign(insns, insns + bpf_program__insn_cnt(prog));
  kernel_types->put_cast(template_insns[prog]);
  static const struct bpf_insn nothing[] = {{0xb7, 0, 0, 0, 0}, {0x95, 0, 0, 0, 0}};  // r0 = 0; exit
  struct bpf_insn copy[2];
  memcpy(copy, nothing, sizeof copy);
  opts->func_info_cnt = opts->line_info_cnt = 0;
  return bpf_program__set_insns(prog, copy, 2);
}

struct TemplateKind { const char *section; enum bpf_prog_type type; enum bpf_attach_type attach; };

// Sections `template.NAME`: the type and attach type of the copies.
const TemplateKind template_kinds[] = {
    {"template.fentry", BPF_PROG_TYPE_TRACING, BPF_TRACE_FENTRY},
    {"template.fexit", BPF_PROG_TYPE_TRACING, BPF_TRACE_FEXIT},
    {"template.fmod_ret", BPF_PROG_TYPE_TRACING, BPF_MODIFY_RETURN},
    {"template.lsm", BPF_PROG_TYPE_LSM, BPF_LSM_MAC},
    {"template.lsm_sleeps", BPF_PROG_TYPE_LSM, BPF_LSM_MAC},
    {"template.raw_tp", BPF_PROG_TYPE_RAW_TRACEPOINT, (enum bpf_attach_type)0},
    {"template.tracepoint", BPF_PROG_TYPE_TRACEPOINT, (enum bpf_attach_type)0},
    {"template.uprobe", BPF_PROG_TYPE_KPROBE, (enum bpf_attach_type)0},
    {"template.uprobe_multi", BPF_PROG_TYPE_KPROBE, (enum bpf_attach_type)48},  // BPF_TRACE_UPROBE_MULTI, since 6.6
};

// To libbpf they are socket filters: for a program that traces it would read the whole of the kernel's BTF.
int register_templates() {
  LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .prog_prepare_load_fn = keep_template);
  for (auto &kind : template_kinds) {
    int id = libbpf_register_prog_handler(kind.section, BPF_PROG_TYPE_SOCKET_FILTER, (enum bpf_attach_type)0, &opts);
    if (id < 0) return id;
  }
  return 0;
}

TemplateKind kind_of(const struct bpf_program *prog) {
  const char *section = bpf_program__section_name(prog);
  for (auto &kind : template_kinds)
    if (strcmp(kind.section, section) == 0) return kind;
  return {section, bpf_program__type(prog), bpf_program__expected_attach_type(prog)};
}

// Objects stay open for the life of the process: the templates' instructions hold their maps' descriptors.
std::vector<struct bpf_object *> open_objects;

// openObject(path, {mapFds: {name: fd}, constants?: bytes, without?: [program]}) → {maps, rodata: {fd, sizeBytes}, btfFd, programs: [...]}: opens, relocates and
// loads an object once; its programs' relocated instructions are what copies are made of.
Value open_object(const CallbackInfo &info) {
  Env env = info.Env();
  std::string path = info[0].As<String>();
  Object shared = info[1].As<Object>().Get("mapFds").As<Object>();
  libbpf_words.clear();
  auto functions = functions_of(path.c_str());
  try {
    kernel_types = &tracegate::KernelTypes::beside(path);
  } catch (const std::exception &thrown) {
    throw failure(env, "open object", ENOENT, thrown.what());
  }
  LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = kernel_types->path());
  struct bpf_object *obj = bpf_object__open_file(path.c_str(), &opts);
  if (!obj) throw failure(env, "open object", errno, libbpf_words);
  struct bpf_map *map;
  bpf_object__for_each_map(map, obj) {
    if (shared.Has(bpf_map__name(map))) bpf_map__reuse_fd(map, shared.Get(bpf_map__name(map)).As<Number>());
  }
  if (info[1].As<Object>().Has("constants")) {
    auto constants = info[1].As<Object>().Get("constants").As<Buffer<char>>();
    bpf_object__for_each_map(map, obj) {
      if (strstr(bpf_map__name(map), ".rodata") && bpf_map__value_size(map) == constants.Length())
        bpf_map__set_initial_value(map, constants.Data(), constants.Length());
    }
  }
  Napi::Array without = info[1].As<Object>().Has("without") ? info[1].As<Object>().Get("without").As<Napi::Array>() : Napi::Array::New(env);
  for (uint32_t i = 0; i < without.Length(); i++)
    if (auto *left = bpf_object__find_program_by_name(obj, without.Get(i).ToString().Utf8Value().c_str())) bpf_program__set_autoload(left, false);
  struct bpf_program *prog;
  if (int err = bpf_object__load(obj)) {
    std::string words = libbpf_words;
    bpf_object__close(obj);
    throw failure(env, "load object", err, words);
  }
  open_objects.push_back(obj);
  Object result = Object::New(env), maps = Object::New(env);
  bpf_object__for_each_map(map, obj) {
    std::string name = bpf_map__name(map);
    if (name.find(".rodata") != std::string::npos) {
      Object ro = Object::New(env);
      ro.Set("fd", bpf_map__fd(map));
      ro.Set("sizeBytes", bpf_map__value_size(map));
      result.Set("rodata", ro);
    } else {
      maps.Set(name, bpf_map__fd(map));
    }
  }
  Napi::Array programs = Napi::Array::New(env);
  uint32_t n = 0;
  bpf_object__for_each_program(prog, obj) {
    if (!bpf_program__autoload(prog)) continue;
    Object p = Object::New(env);
    const struct bpf_insn *insns = bpf_program__insns(prog);
    size_t cnt = bpf_program__insn_cnt(prog);
    if (auto kept = template_insns.find(prog); kept != template_insns.end()) {
      insns = kept->second.data();
      cnt = kept->second.size();
    }
    p.Set("name", bpf_program__name(prog));
    p.Set("section", bpf_program__section_name(prog));
    const TemplateKind kind = kind_of(prog);
    p.Set("type", Number::New(env, kind.type));
    p.Set("expectedAttachType", Number::New(env, kind.attach));
    p.Set("fd", bpf_program__fd(prog));
    p.Set("insns", Buffer<char>::Copy(env, (const char *)insns, cnt * sizeof(struct bpf_insn)));
    Napi::Array funcs = Napi::Array::New(env);
    uint32_t k = 0;
    for (auto &[section, name, f] : functions) {
      if (section != bpf_program__section_name(prog) && section != ".text") continue;
      Object o = Object::New(env);
      o.Set("section", section);
      o.Set("name", name);
      o.Set("offsetBytes", f.insn_off);
      o.Set("typeId", f.type_id);
      funcs.Set(k++, o);
    }
    p.Set("functions", funcs);
    programs.Set(n++, p);
  }
  result.Set("maps", maps);
  result.Set("btfFd", bpf_object__btf_fd(obj));
  result.Set("programs", programs);
  return result;
}

// progLoad({type, expectedAttachType, attachBtfId, sleeps, insns, name, btfFd, funcInfo: [{insnOff, typeId}]}) → fd
Value prog_load(const CallbackInfo &info) {
  Env env = info.Env();
  Object o = info[0].As<Object>();
  auto insns = o.Get("insns").As<Buffer<char>>();
  std::vector<FuncInfo> funcs;
  Napi::Array list = o.Get("funcInfo").As<Napi::Array>();
  for (uint32_t i = 0; i < list.Length(); i++) {
    Object f = list.Get(i).As<Object>();
    funcs.push_back({(uint32_t)int_of(f, "insnOff"), (uint32_t)int_of(f, "typeId")});
  }
  LIBBPF_OPTS(bpf_prog_load_opts, opts);
  opts.expected_attach_type = (enum bpf_attach_type)int_of(o, "expectedAttachType");
  opts.attach_btf_id = int_of(o, "attachBtfId");
  if (o.Get("sleeps").ToBoolean()) opts.prog_flags = BPF_F_SLEEPABLE;
  if (!funcs.empty()) {
    opts.prog_btf_fd = int_of(o, "btfFd");
    opts.func_info = funcs.data();
    opts.func_info_cnt = funcs.size();
    opts.func_info_rec_size = sizeof(FuncInfo);
  }
  std::string name = text_of(o, "name");
  auto type = (enum bpf_prog_type)int_of(o, "type");
  const struct bpf_insn *code = (const struct bpf_insn *)insns.Data();
  size_t cnt = insns.Length() / sizeof(struct bpf_insn);
  int fd = bpf_prog_load(type, name.c_str(), "Dual BSD/GPL", code, cnt, &opts);
  if (fd < 0) {  // again, for the verifier's reason: the log is dear, so only now
    int first = errno;
    std::vector<char> log(1 << 20);
    opts.log_level = 1;
    opts.log_buf = log.data();
    opts.log_size = log.size();
    fd = bpf_prog_load(type, name.c_str(), "Dual BSD/GPL", code, cnt, &opts);
    if (fd < 0) throw failure(env, "load program", first, std::string(log.data()));
  }
  return Number::New(env, fd);
}

Value map_create(const CallbackInfo &info) {
  Object o = info[0].As<Object>();
  LIBBPF_OPTS(bpf_map_create_opts, opts);
  opts.map_flags = int_of(o, "flags");
  int fd = bpf_map_create((enum bpf_map_type)int_of(o, "type"), text_of(o, "name").c_str(), int_of(o, "keySizeBytes"),
                          int_of(o, "valueSizeBytes"), int_of(o, "maxEntries"), &opts);
  return Number::New(info.Env(), fd_or_throw(info.Env(), "create map", fd));
}

// mapInfo(fd) → {id, type, keySizeBytes, valueSizeBytes, maxEntries, flags}
Value map_info(const CallbackInfo &info) {
  struct bpf_map_info m = {};
  uint32_t len = sizeof m;
  if (bpf_obj_get_info_by_fd(info[0].As<Number>(), &m, &len)) throw failure(info.Env(), "map info", errno);
  Object o = Object::New(info.Env());
  o.Set("id", m.id);
  o.Set("type", m.type);
  o.Set("keySizeBytes", m.key_size);
  o.Set("valueSizeBytes", m.value_size);
  o.Set("maxEntries", m.max_entries);
  o.Set("flags", m.map_flags);
  return o;
}

Value map_freeze(const CallbackInfo &info) {
  if (bpf_map_freeze(info[0].As<Number>())) throw failure(info.Env(), "freeze map", errno);
  return info.Env().Undefined();
}

Value map_update(const CallbackInfo &info) {
  if (bpf_map_update_elem(info[0].As<Number>(), info[1].As<Buffer<char>>().Data(), info[2].As<Buffer<char>>().Data(), BPF_ANY))
    throw failure(info.Env(), "update map", errno);
  return info.Env().Undefined();
}

// mapLookup(fd, key, valueSizeBytes) → Buffer or undefined; the size is that of all CPUs' values for a per-CPU map
Value map_lookup(const CallbackInfo &info) {
  auto value = Buffer<char>::New(info.Env(), info[2].As<Number>().Uint32Value());
  if (bpf_map_lookup_elem(info[0].As<Number>(), info[1].As<Buffer<char>>().Data(), value.Data())) {
    if (errno == ENOENT) return info.Env().Undefined();
    throw failure(info.Env(), "look up in map", errno);
  }
  return value;
}

Value map_delete(const CallbackInfo &info) {
  int r = bpf_map_delete_elem(info[0].As<Number>(), info[1].As<Buffer<char>>().Data());
  if (r && errno != ENOENT) throw failure(info.Env(), "delete from map", errno);
  return Napi::Boolean::New(info.Env(), r == 0);
}

Value pin(const CallbackInfo &info) {
  if (bpf_obj_pin(info[0].As<Number>(), info[1].As<String>().Utf8Value().c_str())) throw failure(info.Env(), "pin", errno);
  return info.Env().Undefined();
}

Value get_pinned(const CallbackInfo &info) {
  int fd = bpf_obj_get(info[0].As<String>().Utf8Value().c_str());
  return Number::New(info.Env(), fd_or_throw(info.Env(), "open pin", fd));
}

Value close_fd(const CallbackInfo &info) {
  close(info[0].As<Number>());
  return info.Env().Undefined();
}

// attachTracing(progFd): fentry, fexit, fmod_ret and LSM know their target from the load
Value attach_tracing(const CallbackInfo &info) {
  int fd = bpf_raw_tracepoint_open(nullptr, info[0].As<Number>());
  return Number::New(info.Env(), fd_or_throw(info.Env(), "attach", fd));
}

Value attach_raw_tracepoint(const CallbackInfo &info) {
  int fd = bpf_raw_tracepoint_open(info[1].As<String>().Utf8Value().c_str(), info[0].As<Number>());
  return Number::New(info.Env(), fd_or_throw(info.Env(), "attach raw tracepoint", fd));
}

// attachTracepoint(progFd, tracepointId) → link fd (the perf event lives as long as the link)
Value attach_tracepoint(const CallbackInfo &info) {
  struct perf_event_attr attr = {};
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof attr;
  attr.config = info[1].As<Number>().Uint32Value();
  attr.sample_period = 1;
  int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  fd_or_throw(info.Env(), "open tracepoint", event);
  int link = bpf_link_create(info[0].As<Number>(), event, BPF_PERF_EVENT, nullptr);
  int err = errno;
  close(event);
  errno = err;
  return Number::New(info.Env(), fd_or_throw(info.Env(), "attach tracepoint", link));
}

Value prog_info(const CallbackInfo &info) {
  Env env = info.Env();
  struct bpf_prog_info p = {};
  uint32_t len = sizeof p;
  if (bpf_obj_get_info_by_fd(info[0].As<Number>(), &p, &len)) throw failure(env, "program info", errno);
  Object o = Object::New(env);
  char tag[17];
  for (int i = 0; i < 8; i++) snprintf(tag + 2 * i, 3, "%02x", p.tag[i]);
  o.Set("id", p.id);
  o.Set("type", p.type);
  o.Set("name", p.name);
  o.Set("tag", tag);
  o.Set("jitedBytes", p.jited_prog_len);
  o.Set("verifiedInsns", p.verified_insns);
  return o;
}

// linkInfo(fd) → {id, type, progId}
Value link_info(const CallbackInfo &info) {
  Env env = info.Env();
  struct bpf_link_info l = {};
  uint32_t len = sizeof l;
  if (bpf_obj_get_info_by_fd(info[0].As<Number>(), &l, &len)) throw failure(env, "link info", errno);
  Object o = Object::New(env);
  o.Set("id", l.id);
  o.Set("type", l.type);
  o.Set("progId", l.prog_id);
  return o;
}

// testRun(progFd, args): runs a raw tracepoint program once, in the calling task, with up to five numbers
Value test_run(const CallbackInfo &info) {
  LIBBPF_OPTS(bpf_test_run_opts, opts);
  uint64_t args[5] = {};
  if (info.Length() > 1) {
    Napi::Array given = info[1].As<Napi::Array>();
    for (uint32_t i = 0; i < given.Length() && i < 5; i++) args[i] = (uint64_t)given.Get(i).As<Number>().Int64Value();
  }
  opts.ctx_in = args;
  opts.ctx_size_in = sizeof args;
  if (bpf_prog_test_run_opts(info[0].As<Number>(), &opts)) throw failure(info.Env(), "test run", errno);
  return Number::New(info.Env(), (int)opts.retval);
}

Value mount_bpffs(const CallbackInfo &info) {
  if (mount("bpf", info[0].As<String>().Utf8Value().c_str(), "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"))
    throw failure(info.Env(), "mount bpffs", errno);
  return info.Env().Undefined();
}

Value mount_tracefs(const CallbackInfo &info) {
  if (mount("tracefs", info[0].As<String>().Utf8Value().c_str(), "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr))
    throw failure(info.Env(), "mount tracefs", errno);
  return info.Env().Undefined();
}

// clocks() → {realNs, bootNs} as BigInt, read together
Value clocks(const CallbackInfo &info) {
  struct timespec real, boot;
  clock_gettime(CLOCK_BOOTTIME, &boot);
  clock_gettime(CLOCK_REALTIME, &real);
  Object o = Object::New(info.Env());
  o.Set("realNs", Napi::BigInt::New(info.Env(), (int64_t)(real.tv_sec * 1000000000LL + real.tv_nsec)));
  o.Set("bootNs", Napi::BigInt::New(info.Env(), (int64_t)(boot.tv_sec * 1000000000LL + boot.tv_nsec)));
  return o;
}

Value possible_cpus(const CallbackInfo &info) { return Number::New(info.Env(), libbpf_num_possible_cpus()); }

Object init(Env env, Object exports) {
  libbpf_set_print(keep_words);
  if (int err = register_templates()) throw failure(env, "register templates", err, libbpf_words);
  auto set = [&](const char *name, Value (*f)(const CallbackInfo &)) { exports.Set(name, Function::New(env, f, name)); };
  set("openObject", open_object);
  set("prepareTemplate", tracegate::prepare_template);
  set("specialise", tracegate::specialise_template);
  set("progLoad", prog_load);
  set("mapCreate", map_create);
  set("mapInfo", map_info);
  set("mapFreeze", map_freeze);
  set("mapUpdate", map_update);
  set("mapLookup", map_lookup);
  set("mapDelete", map_delete);
  set("mapEntries", tracegate::map_entries);
  set("pin", pin);
  set("getPinned", get_pinned);
  set("closeFd", close_fd);
  set("attachTracing", attach_tracing);
  set("attachRawTracepoint", attach_raw_tracepoint);
  set("attachTracepoint", attach_tracepoint);
  set("attachUprobe", tracegate::attach_uprobe);
  set("attachUprobeMulti", tracegate::attach_uprobe_multi);
  set("openMapEvent", tracegate::open_map_event);
  set("progInfo", prog_info);
  set("linkInfo", link_info);
  set("testRun", test_run);
  set("mountBpffs", mount_bpffs);
  set("mountTracefs", mount_tracefs);
  set("clocks", clocks);
  set("possibleCpus", possible_cpus);
  set("objectIds", tracegate::object_ids);
  set("objectInfo", tracegate::object_info);
  set("pinnedObject", tracegate::pinned_object);
  set("attachIter", tracegate::attach_iter);
  set("openIter", tracegate::open_iter);
  set("missedRuns", tracegate::missed_runs);
  exports.Set("Ring", tracegate::define_ring(env));
  return exports;
}

}  // namespace

NODE_API_MODULE(tracegate_bpf, init)
