// SPDX-License-Identifier: Apache-2.0
// The kernel's ring of records, read on the event loop. Its memory is mapped once, not twice in a row as libbpf does so that a
// record over the end can be read in one go: each is copied anyway, and the second mapping would count as memory in use.
#include "exports.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <string>

using Napi::Buffer, Napi::CallbackInfo, Napi::Error, Napi::Function, Napi::Number;

namespace tracegate {

namespace {

// What lies where: Documentation/bpf/ringbuf.rst. One page of the consumer's, one of the producer's, then the data.
class Mapped {
 public:
  // An errno, or 0.
  int open(int fd) {
    struct bpf_map_info info = {};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size)) return errno;
    page_ = sysconf(_SC_PAGESIZE);
    size_ = info.max_entries;
    consumer_ = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (consumer_ == MAP_FAILED) return errno;
    producer_ = mmap(nullptr, page_ + size_, PROT_READ, MAP_SHARED, fd, page_);
    return producer_ == MAP_FAILED ? errno : 0;
  }
  void close() {
    if (consumer_ != MAP_FAILED) munmap(consumer_, page_);
    if (producer_ != MAP_FAILED) munmap(producer_, page_ + size_);
    consumer_ = producer_ = MAP_FAILED;
  }
  ~Mapped() { close(); }

  // Copies records, each padded to 8 bytes, until one would not fit; the bytes copied. One that is longer than any of ours is
  // cut: its reader sees that and counts it.
  size_t take(char *to, size_t room, size_t record_max) {
    auto *at = (uint64_t *)consumer_;
    uint64_t pos = __atomic_load_n(at, __ATOMIC_RELAXED), end = __atomic_load_n((uint64_t *)producer_, __ATOMIC_ACQUIRE);
    size_t taken = 0;
    while (pos < end) {
      uint32_t header = __atomic_load_n((uint32_t *)(data() + (pos & (size_ - 1))), __ATOMIC_ACQUIRE);
      if (header & BPF_RINGBUF_BUSY_BIT) break;
      uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
      if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
        size_t copied = std::min<size_t>(length, record_max), padded = (copied + 7) & ~(size_t)7;
        if (taken + padded > room) break;
        copy(to + taken, pos + BPF_RINGBUF_HDR_SZ, copied);
        memset(to + taken + copied, 0, padded - copied);
        taken += padded;
      }
      pos += (length + BPF_RINGBUF_HDR_SZ + 7) & ~(uint64_t)7;
      __atomic_store_n(at, pos, __ATOMIC_RELEASE);
    }
    return taken;
  }

 private:
  void *consumer_ = MAP_FAILED, *producer_ = MAP_FAILED;
  size_t page_ = 0, size_ = 0;

  const char *data() const { return (const char *)producer_ + page_; }
  void copy(char *to, uint64_t pos, size_t length) const {
    size_t from = pos & (size_ - 1), first = std::min(length, size_ - from);
    memcpy(to, data() + from, first);
    memcpy(to + first, data(), length - first);
  }
};

}  // namespace

// One callback for all records of a wake-up. They lie in memory that the next call writes over.
class Ring : public Napi::ObjectWrap<Ring> {
 public:
  static Function define(Napi::Env env) {
    return DefineClass(env, "Ring", {InstanceMethod("close", &Ring::close_ring), InstanceMethod("drain", &Ring::drain)});
  }
  Ring(const CallbackInfo &info) : Napi::ObjectWrap<Ring>(info) {
    int fd = info[0].As<Number>();
    callback_ = Napi::Persistent(info[1].As<Function>());
    if (int err = mapped_.open(fd)) {
      Error e = Error::New(info.Env(), std::string("open ring buffer: ") + strerror(err));
      e.Set("errno", Number::New(info.Env(), err));
      throw e;
    }
    batch_ = Napi::Persistent(Buffer<char>::New(info.Env(), kBatchBytes));
    uv_loop_t *loop = nullptr;
    napi_get_uv_event_loop(info.Env(), &loop);
    poll_ = new uv_poll_t;
    poll_->data = this;
    if (int err = uv_poll_init(loop, poll_, fd)) {
      delete poll_;
      poll_ = nullptr;
      throw Error::New(info.Env(), std::string("watch ring buffer: ") + uv_strerror(err));
    }
    if (int err = uv_poll_start(poll_, UV_READABLE, on_ready)) {
      end();
      throw Error::New(info.Env(), std::string("watch ring buffer: ") + uv_strerror(err));
    }
    napi_add_env_cleanup_hook(info.Env(), on_exit, this);  // the loop must let go of the handle before it ends
    env_ = info.Env();
  }
  ~Ring() { end(); }

 private:
  static constexpr size_t kBatchBytes = 1 << 18;
  static constexpr size_t kRecordBytesMax = 1 << 16;
  static constexpr uint64_t kDeliverNs = 50'000'000;
  Mapped mapped_;
  uv_poll_t *poll_ = nullptr;
  Napi::FunctionReference callback_;
  Napi::Reference<Buffer<char>> batch_;
  bool delivering_ = false;
  napi_env env_ = nullptr;

  static void on_exit(void *self) {
    ((Ring *)self)->env_ = nullptr;
    ((Ring *)self)->end();
  }
  // what the callback throws must not unwind through the loop's own frames: it ends the process as anything uncaught does
  static void on_ready(uv_poll_t *poll, int, int) {
    Ring *ring = (Ring *)poll->data;
    Napi::Env env = ring->Env();
    Napi::HandleScope scope(env);
    try {
      ring->deliver();
    } catch (const Error &e) {
      napi_fatal_exception(env, e.Value());
    }
  }

  void deliver() {
    if (delivering_) return;  // the callback asks for more: it gets it when it returns
    struct Delivering {
      bool &on;
      Delivering(bool &flag) : on(flag) { on = true; }
      ~Delivering() { on = false; }
    } delivering(delivering_);
    Napi::Env env = Env();
    // until the ring is empty, but not for ever: the loop has others to serve
    for (uint64_t end = uv_hrtime() + kDeliverNs; poll_;) {
      Napi::HandleScope scope(env);
      Buffer<char> batch = batch_.Value();
      size_t taken = mapped_.take(batch.Data(), batch.Length(), kRecordBytesMax);
      if (taken == 0) return;
      callback_.MakeCallback(env.Global(), {batch, Number::New(env, taken)});
      bool full = taken + kRecordBytesMax > batch.Length();
      if (!full || uv_hrtime() >= end) return;
    }
  }
  Napi::Value drain(const CallbackInfo &info) {
    if (poll_) deliver();
    return info.Env().Undefined();
  }
  Napi::Value close_ring(const CallbackInfo &info) {
    end();
    return info.Env().Undefined();
  }
  void end() {
    if (env_) napi_remove_env_cleanup_hook(env_, on_exit, this);
    env_ = nullptr;
    if (!poll_) return;
    uv_poll_stop(poll_);
    uv_close((uv_handle_t *)poll_, [](uv_handle_t *h) { delete (uv_poll_t *)h; });
    poll_ = nullptr;
    mapped_.close();
  }
};

Function define_ring(Napi::Env env) { return Ring::define(env); }

}  // namespace tracegate
