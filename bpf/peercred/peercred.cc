// SPDX-License-Identifier: Apache-2.0
// Who is at the other end of a Unix socket: one getsockopt(SO_PEERCRED), which Node does not offer.
#include <errno.h>
#include <node_api.h>
#include <string.h>
#include <sys/socket.h>

namespace {

void set(napi_env env, napi_value object, const char *key, int64_t value) {
  napi_value number;
  napi_create_int64(env, value, &number);
  napi_set_named_property(env, object, key, number);
}

// peerCredentials(fd): {pid, uid, gid}; throws an Error when fd is no connected Unix socket.
napi_value peer_credentials(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  int32_t fd = -1;
  if (napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr) != napi_ok || count < 1 ||
      napi_get_value_int32(env, argument, &fd) != napi_ok) {
    napi_throw_type_error(env, nullptr, "peerCredentials takes a file descriptor");
    return nullptr;
  }
  int domain = 0;
  socklen_t length = sizeof domain;
  if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) != 0 || domain != AF_UNIX) {
    napi_throw_error(env, nullptr, "the file descriptor is no Unix socket");
    return nullptr;
  }
  struct ucred peer = {};
  length = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) {
    napi_throw_error(env, nullptr, strerror(errno));
    return nullptr;
  }
  // the kernel answers uid -1 for a socket that is not connected: nobody is there to be trusted
  if (peer.pid <= 0) {
    napi_throw_error(env, nullptr, "the socket has no peer");
    return nullptr;
  }
  napi_value result;
  napi_create_object(env, &result);
  set(env, result, "pid", peer.pid);
  set(env, result, "uid", peer.uid);
  set(env, result, "gid", peer.gid);
  return result;
}

}  // namespace

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "peerCredentials", NAPI_AUTO_LENGTH, peer_credentials, nullptr, &function);
  napi_set_named_property(env, exports, "peerCredentials", function);
  return exports;
}
