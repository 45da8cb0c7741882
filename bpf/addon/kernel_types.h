// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

// What the relocations of an object can find of the kernel's BTF, as raw BTF: its first types, under the ids they have
// there. Empty: there is none to be read. The objects beside it are looked at once, with the first.
std::string kernel_types(const std::string &object);

// A file of one's own with these bytes, by a path that others in this process can open; closed at the end of the scope.
class MemoryFile {
 public:
  explicit MemoryFile(const std::string &bytes);
  ~MemoryFile();
  MemoryFile(const MemoryFile &) = delete;
  MemoryFile &operator=(const MemoryFile &) = delete;
  const char *path() const { return path_.empty() ? nullptr : path_.c_str(); }

 private:
  int fd_ = -1;
  std::string path_;
};
