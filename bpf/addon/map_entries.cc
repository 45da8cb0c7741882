// SPDX-License-Identifier: Apache-2.0
// What a map holds, read at once.
#include "exports.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include <string>
#include <vector>

using Napi::Buffer, Napi::CallbackInfo, Napi::Error, Napi::Number, Napi::Value;

namespace tracegate {

// mapEntries(fd, keySizeBytes, valueSizeBytes, most) → keys and values by turns. Programs go on writing: an entry that goes
// away while it is read is left out, and one that comes may be.
Value map_entries(const CallbackInfo &info) {
  const int fd = info[0].As<Number>().Int32Value();
  const size_t key_size = info[1].As<Number>().Uint32Value(), value_size = info[2].As<Number>().Uint32Value();
  const size_t most = info[3].As<Number>().Uint32Value();
  std::vector<char> found, key(key_size), next(key_size), value(value_size);
  // where the key before is gone the walk begins anew: it ends all the same
  for (size_t i = 0; i < 2 * most; i++) {
    if (bpf_map_get_next_key(fd, i == 0 ? nullptr : key.data(), next.data())) {
      if (errno == ENOENT) break;
      const int err = errno;
      Error e = Error::New(info.Env(), std::string("read a map: ") + strerror(err));
      e.Set("errno", Number::New(info.Env(), err));
      throw e;
    }
    key = next;
    if (bpf_map_lookup_elem(fd, key.data(), value.data())) continue;
    found.insert(found.end(), key.begin(), key.end());
    found.insert(found.end(), value.begin(), value.end());
  }
  return Buffer<char>::Copy(info.Env(), found.data(), found.size());
}

}  // namespace tracegate
