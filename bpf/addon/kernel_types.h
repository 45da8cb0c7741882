// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

namespace tracegate {

// What a template calls where it means the kernel's bpf_rdonly_cast: TG_CAST_CALL in bpf/include/cast.h.
constexpr int32_t kCastCall = 0x54470001;

// An extract of the kernel's BTF: the types that the objects of a folder relocate by, under numbers of its own, and the kernel's
// numbers of those that are cast to, as the values of `enum tg_kernel_type`. Made once in a process.
class KernelTypes {
 public:
  // Of the folder that this object lies in. Throws std::runtime_error where the kernel's BTF cannot be read.
  static const KernelTypes &beside(const std::string &object);
  KernelTypes(const KernelTypes &) = delete;
  KernelTypes &operator=(const KernelTypes &) = delete;

  // A file that libbpf can read it from, for the life of the process.
  const char *path() const { return path_.c_str(); }
  // Calls of kCastCall become calls of the kernel's function. Where there is none they stay: nobody gets there.
  void put_cast(std::vector<struct bpf_insn> &insns) const;

 private:
  explicit KernelTypes(const std::string &object);

  std::string path_;
  int32_t cast_ = -1;
};

}  // namespace tracegate
