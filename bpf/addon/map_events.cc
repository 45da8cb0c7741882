// SPDX-License-Identifier: Apache-2.0
// A perf event that asks the kernel for mappings with their build ids. Nothing is read from it: while it is open, the kernel
// looks at each mapping, and the program on the function that would write it has what is wanted.
#include "exports.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <string>

using Napi::CallbackInfo, Napi::Error, Napi::Number, Napi::Value;

namespace tracegate {

Value open_map_event(const CallbackInfo &info) {
  struct perf_event_attr attr = {};
  attr.type = PERF_TYPE_SOFTWARE;
  attr.size = sizeof attr;
  attr.config = PERF_COUNT_SW_DUMMY;
  attr.mmap = 1;
  attr.mmap2 = 1;
  attr.build_id = 1;
  attr.wakeup_events = info[1].As<Number>().Uint32Value();
  int fd = syscall(SYS_perf_event_open, &attr, -1, info[0].As<Number>().Int32Value(), -1, PERF_FLAG_FD_CLOEXEC);
  if (fd >= 0) return Number::New(info.Env(), fd);
  int err = errno;
  Error e = Error::New(info.Env(), std::string("open an event of mappings: ") + strerror(err));
  e.Set("errno", Number::New(info.Env(), err));
  throw e;
}

}  // namespace tracegate
