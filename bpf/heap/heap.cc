// SPDX-License-Identifier: Apache-2.0
// The holes that a burst of work leaves between what stays on malloc's heap: given back to the system, which the C library does of
// itself for the heap's end alone.
#include <node_api.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace {

// trimHeap(): whether pages were given back.
napi_value trim_heap(napi_env env, napi_callback_info) {
  bool given = false;
#ifdef __GLIBC__
  given = malloc_trim(0) == 1;
#endif
  napi_value result;
  napi_get_boolean(env, given, &result);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "trimHeap", NAPI_AUTO_LENGTH, trim_heap, nullptr, &function);
  napi_set_named_property(env, exports, "trimHeap", function);
  return exports;
}
