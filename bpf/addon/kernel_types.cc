// SPDX-License-Identifier: Apache-2.0
// libbpf compares each type that an object relocates by with each of the kernel's, some 130,000, anew for each object: nine
// tenths of what it takes to open one. It is shown the few thousand that any of the objects asks for.
#include "kernel_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <glob.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <set>
#include <stdexcept>
#include <string_view>

namespace tracegate {
namespace {

using Names = std::set<std::string, std::less<>>;
using Btf = std::unique_ptr<struct btf, decltype(&btf__free)>;

constexpr std::string_view kTypeNumbers = "tg_kernel_type", kNumberOf = "tg_type_";

// Without the flavour that a local name may have behind three underscores.
std::string_view essential(const char *name) {
  const char *flavour = strstr(name, "___");
  return flavour && flavour != name ? std::string_view(name, flavour - name) : name;
}

bool relocatable(const struct btf_type *t) {
  uint16_t kind = btf_kind(t);
  return t->name_off && (btf_is_composite(t) || btf_is_any_enum(t) || kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_INT);
}

struct Asked {
  Names types, numbers;  // to be relocated by; to be told the kernel's number of
};

void add_asked_by(const char *object, Asked &asked) {
  Btf own(btf__parse_elf(object, nullptr), btf__free);
  for (uint32_t id = 1; own && id < btf__type_cnt(own.get()); id++) {
    const struct btf_type *t = btf__type_by_id(own.get(), id);
    if (!relocatable(t)) continue;
    const char *name = btf__name_by_offset(own.get(), t->name_off);
    asked.types.emplace(essential(name));
    if (name != kTypeNumbers || !btf_is_enum(t)) continue;
    for (uint16_t i = 0; i < btf_vlen(t); i++) {
      auto number = essential(btf__name_by_offset(own.get(), btf_enum(t)[i].name_off));
      asked.numbers.emplace(number.substr(kNumberOf.size()));
    }
  }
}

Asked asked_beside(const std::string &object) {
  Asked asked;
  glob_t found = {};
  if (glob((object.substr(0, object.rfind('/')) + "/*.bpf.o").c_str(), 0, nullptr, &found) == 0)
    for (size_t i = 0; i < found.gl_pathc; i++) add_asked_by(found.gl_pathv[i], asked);
  globfree(&found);
  return asked;
}

// The types that a type holds. What it points at or is called with is left out.
template <class Visit>
void each_held(struct btf_type *t, Visit visit) {
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
  }
}

// Copies types one by one, each under the next number. libbpf's copy refers to the original's numbers.
class Extract {
 public:
  explicit Extract(const struct btf *kernel)
      : kernel_(kernel), made_(btf__new_empty(), btf__free), numbers_(btf__type_cnt(kernel)) {
    if (!made_) throw std::runtime_error("no BTF could be made: out of memory");
  }

  void take(const Names &names) {
    for (uint32_t id = 1; id < numbers_.size(); id++) {
      const struct btf_type *t = btf__type_by_id(kernel_, id);
      if (relocatable(t) && names.count(essential(btf__name_by_offset(kernel_, t->name_off)))) add(id);
    }
    for (size_t next = 0; next < order_.size(); next++)
      each_held(type_of(order_[next]), [this](uint32_t id) { add(id); });
    for (uint32_t id = 1; id <= order_.size(); id++) refer_anew(id);
  }

  // Of those that the kernel does not have no number is told, and what asks for it does not load.
  void tell_numbers(const Names &names) {
    btf__add_enum(made_.get(), std::string(kTypeNumbers).c_str(), sizeof(uint32_t));
    for (const std::string &name : names) {
      int id = btf__find_by_name_kind(kernel_, name.c_str(), BTF_KIND_STRUCT);
      if (id > 0) btf__add_enum_value(made_.get(), (std::string(kNumberOf) + name).c_str(), id);
    }
  }

  std::string_view bytes() const {
    uint32_t size = 0;
    auto *raw = (const char *)btf__raw_data(made_.get(), &size);
    if (!raw) throw std::runtime_error("no BTF could be made: out of memory");
    return {raw, size};
  }

 private:
  struct btf_type *type_of(uint32_t id) const { return const_cast<struct btf_type *>(btf__type_by_id(kernel_, id)); }

  void add(uint32_t id) {
    if (id == 0 || numbers_[id] != 0) return;
    int number = btf__add_type(made_.get(), kernel_, type_of(id));
    if (number < 0) throw std::runtime_error("a type could not be copied: " + std::string(strerror(-number)));
    numbers_[id] = number;
    order_.push_back(id);
  }

  // What was left out becomes void.
  void refer_anew(uint32_t number) {
    auto *t = const_cast<struct btf_type *>(btf__type_by_id(made_.get(), number));
    const uint16_t kind = btf_kind(t);
    if (kind == BTF_KIND_PTR) t->type = 0;
    if (kind == BTF_KIND_FUNC_PROTO) {
      t->type = 0;
      for (uint16_t i = 0; i < btf_vlen(t); i++) btf_params(t)[i].type = 0;
    }
    each_held(t, [this](uint32_t &id) { id = numbers_[id]; });
  }

  const struct btf *kernel_;
  Btf made_;
  std::vector<uint32_t> numbers_;  // by the kernel's
  std::vector<uint32_t> order_;
};

// A file without a place, readable by its descriptor's path.
std::string memory_file(std::string_view bytes) {
  int fd = memfd_create("tracegate-kernel-types", MFD_CLOEXEC);
  for (size_t written = 0; fd >= 0 && written < bytes.size();) {
    ssize_t n = write(fd, bytes.data() + written, bytes.size() - written);
    if (n <= 0) throw std::runtime_error("no memory for the kernel's types: " + std::string(strerror(errno)));
    written += n;
  }
  if (fd < 0) throw std::runtime_error("no file in memory: " + std::string(strerror(errno)));
  return "/proc/self/fd/" + std::to_string(fd);
}

}  // namespace

KernelTypes::KernelTypes(const std::string &object) {
  Btf kernel(btf__load_vmlinux_btf(), btf__free);
  if (!kernel) throw std::runtime_error("the kernel's type information (BTF) cannot be read: " + std::string(strerror(errno)));
  const Asked asked = asked_beside(object);
  Extract extract(kernel.get());
  extract.take(asked.types);
  extract.tell_numbers(asked.numbers);
  path_ = memory_file(extract.bytes());
  cast_ = btf__find_by_name_kind(kernel.get(), "bpf_rdonly_cast", BTF_KIND_FUNC);
}

const KernelTypes &KernelTypes::beside(const std::string &object) {
  static const KernelTypes types(object);
  return types;
}

void KernelTypes::put_cast(std::vector<struct bpf_insn> &insns) const {
  for (struct bpf_insn &insn : insns)
    if (cast_ > 0 && insn.code == (BPF_JMP | BPF_CALL) && insn.src_reg == 0 && insn.imm == kCastCall) {
      insn.src_reg = BPF_PSEUDO_KFUNC_CALL;
      insn.imm = cast_;
    }
}

}  // namespace tracegate
