// SPDX-License-Identifier: Apache-2.0
// libbpf compares each type that an object relocates by with each of the kernel's, some 130,000, anew for each object: four
// fifths of what it takes to open one. What it takes its time over are names, so those that nobody asks for are left
// out, and all that comes after the last one asked for; what it finds is what it would have found, under the same id.
#include "kernel_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <glob.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <memory>
#include <set>
#include <string_view>
#include <vector>

namespace {

using Names = std::set<std::string, std::less<>>;

constexpr uint32_t KIND_SHIFT = 24, VOID_POINTER = BTF_KIND_PTR << KIND_SHIFT;

// Without the flavour that a local type may have behind three underscores.
std::string_view essential(const char *name) {
  const char *flavour = strstr(name, "___");
  return flavour && flavour != name ? std::string_view(name, flavour - name) : name;
}

bool relocatable(const struct btf_type *t) {
  uint16_t kind = btf_kind(t);
  return t->name_off && (btf_is_composite(t) || btf_is_any_enum(t) || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_INT);
}

void add_names_of(const char *object, Names &names) {
  struct btf *own = btf__parse_elf(object, nullptr);
  for (uint32_t id = 1; own && id < btf__type_cnt(own); id++) {
    const struct btf_type *t = btf__type_by_id(own, id);
    if (relocatable(t)) names.emplace(essential(btf__name_by_offset(own, t->name_off)));
  }
  btf__free(own);
}

Names names_beside(const std::string &object) {
  Names names;
  glob_t found = {};
  if (glob((object.substr(0, object.rfind('/')) + "/*.bpf.o").c_str(), 0, nullptr, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) add_names_of(found.gl_pathv[i], names);
  globfree(&found);
  return names;
}

bool wanted(const struct btf *kernel, const struct btf_type *t, const Names &names) {
  return relocatable(t) && names.find(essential(btf__name_by_offset(kernel, t->name_off))) != names.end();
}

// The types that a type refers to: what it holds, in `held`; what it only points at or is called with is not followed.
template <class Visit>
void each_reference(struct btf_type *t, bool held, Visit visit) {
  switch (btf_kind(t)) {
    case BTF_KIND_STRUCT: case BTF_KIND_UNION:
      for (uint16_t i = 0; i < btf_vlen(t); i++) visit(btf_members(t)[i].type);
      break;
    case BTF_KIND_ARRAY:
      visit(btf_array(t)->type);
      visit(btf_array(t)->index_type);
      break;
    case BTF_KIND_TYPEDEF: case BTF_KIND_CONST: case BTF_KIND_VOLATILE: case BTF_KIND_RESTRICT: case BTF_KIND_TYPE_TAG:
      visit(t->type);
      break;
    case BTF_KIND_FUNC_PROTO:
      if (held) break;
      visit(t->type);
      for (uint16_t i = 0; i < btf_vlen(t); i++) visit(btf_params(t)[i].type);
      break;
    case BTF_KIND_PTR: case BTF_KIND_FUNC: case BTF_KIND_VAR: case BTF_KIND_DECL_TAG:
      if (!held) visit(t->type);
      break;
  }
}

// The last type by one of the names, or held in one.
uint32_t last_needed(const struct btf *kernel, const Names &names) {
  uint32_t count = btf__type_cnt(kernel), last = 1;
  std::vector<bool> seen(count);
  std::vector<uint32_t> left;
  auto take = [&](uint32_t id) {
    if (id >= count || seen[id]) return;
    seen[id] = true;
    left.push_back(id);
    if (id > last) last = id;
  };
  for (uint32_t id = 1; id < count; id++) {
    const struct btf_type *t = btf__type_by_id(kernel, id);
    if (wanted(kernel, t, names)) take(id);
  }
  while (!left.empty()) {
    auto *t = const_cast<struct btf_type *>(btf__type_by_id(kernel, left.back()));
    left.pop_back();
    each_reference(t, true, take);
  }
  return last;
}

// No type may refer to one that is not there: it becomes void, a function without its prototype a pointer to that.
void cut_references(struct btf_type *t, uint32_t last) {
  if (btf_kind(t) == BTF_KIND_FUNC && t->type > last) {
    *t = {};
    t->info = VOID_POINTER;
    return;
  }
  uint32_t nothing = btf_kind(t) == BTF_KIND_DECL_TAG ? 1 : 0;
  each_reference(t, false, [&](uint32_t &id) {
    if (id > last) id = nothing;
  });
}

// The types up to the last, nameless where no one asks for them: a name is what the search takes its time over.
std::string first_types(const struct btf *kernel, uint32_t last, const Names &names) {
  uint32_t size = 0;
  auto *raw = (const char *)btf__raw_data(kernel, &size);
  struct btf_header header;
  if (!raw || size < sizeof header) return "";
  memcpy(&header, raw, sizeof header);
  const char *types = raw + header.hdr_len + header.type_off, *strings = raw + header.hdr_len + header.str_off;
  bool all = last + 1 == btf__type_cnt(kernel);
  if (!all) header.type_len = (const char *)btf__type_by_id(kernel, last + 1) - types;
  header.hdr_len = sizeof header;
  header.type_off = 0;
  header.str_off = header.type_len;
  std::string bytes((const char *)&header, sizeof header);
  bytes.append(types, header.type_len).append(strings, header.str_len);
  for (uint32_t id = 1; id <= last; id++) {
    const struct btf_type *was = btf__type_by_id(kernel, id);
    auto *t = (struct btf_type *)(bytes.data() + sizeof header + ((const char *)was - types));
    if (relocatable(was) && !wanted(kernel, was, names)) t->name_off = 0;
    cut_references(t, last);
  }
  return bytes;
}

}  // namespace

std::string kernel_types(const std::string &object) {
  // What any of the objects asks for, once; of that, what this one does.
  static const struct btf *common = [&]() -> const struct btf * {
    struct btf *kernel = btf__load_vmlinux_btf();
    if (!kernel || libbpf_get_error(kernel)) return nullptr;
    Names all = names_beside(object);
    uint32_t last = last_needed(kernel, all);
    std::string bytes = first_types(kernel, last, all);
    btf__free(kernel);
    struct btf *made = bytes.empty() ? nullptr : btf__new(bytes.data(), bytes.size());
    return libbpf_get_error(made) ? nullptr : made;
  }();
  if (!common) return "";
  Names names;
  add_names_of(object.c_str(), names);
  return first_types(common, last_needed(common, names), names);
}

MemoryFile::MemoryFile(const std::string &bytes) {
  if (bytes.empty()) return;
  fd_ = memfd_create("tracegate-kernel-types", MFD_CLOEXEC);
  size_t written = 0;
  while (fd_ >= 0 && written < bytes.size()) {
    ssize_t n = write(fd_, bytes.data() + written, bytes.size() - written);
    if (n <= 0) return;  // without it libbpf searches all of the kernel's
    written += n;
  }
  if (fd_ >= 0) path_ = "/proc/self/fd/" + std::to_string(fd_);
}

MemoryFile::~MemoryFile() {
  if (fd_ >= 0) close(fd_);
}
