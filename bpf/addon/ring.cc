// SPDX-License-Identifier: Apache-2.0
// The kernel's ring of records, read on the event loop through a window of it: what is mapped counts as memory in use, and a ring
// is as large as the longest time that nobody reads it.
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
#include <system_error>

using Napi::Buffer, Napi::CallbackInfo, Napi::Error, Napi::Function, Napi::Number;

namespace tracegate {

namespace {

// What lies where: Documentation/bpf/ringbuf.rst. One page of the consumer's, one of the producer's, then the data twice in a row, so
// that what reaches over the end is read in one go.
class Mapped {
 public:
  // An errno, or 0. `fd` stays the caller's, who closes it after this.
  int open(int fd) {
    struct bpf_map_info info = {};
    uint32_t size = sizeof info;
    if (bpf_obj_get_info_by_fd(fd, &info, &size)) return errno;
    fd_ = fd;
    page_ = sysconf(_SC_PAGESIZE);
    size_ = info.max_entries;
    window_size_ = std::min<size_t>(kWindowBytes, size_) + page_;
    consumer_ = mmap(nullptr, page_, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (consumer_ == MAP_FAILED) return errno;
    producer_ = mmap(nullptr, page_, PROT_READ, MAP_SHARED, fd, page_);
    if (producer_ == MAP_FAILED) return errno;
    window_ = mmap(nullptr, window_size_, PROT_READ, MAP_SHARED, fd, 2 * page_);
    return window_ == MAP_FAILED ? errno : 0;
  }
  void close() {
    if (consumer_ != MAP_FAILED) munmap(consumer_, page_);
    if (producer_ != MAP_FAILED) munmap(producer_, page_);
    if (window_ != MAP_FAILED) munmap(window_, window_size_);
    consumer_ = producer_ = window_ = MAP_FAILED;
  }
  ~Mapped() { close(); }

  // Copies records, each padded to 8 bytes, until one would not fit; the bytes copied. One that is longer than any of ours is
  // cut: its reader sees that and counts it. Throws std::system_error where the window cannot be moved on.
  size_t take(char *to, size_t room, size_t record_max) {
    auto *at = (uint64_t *)consumer_;
    uint64_t pos = __atomic_load_n(at, __ATOMIC_RELAXED), end = __atomic_load_n((uint64_t *)producer_, __ATOMIC_ACQUIRE);
    size_t taken = 0;
    while (pos < end) {
      uint32_t header = __atomic_load_n((uint32_t *)data(pos, BPF_RINGBUF_HDR_SZ), __ATOMIC_ACQUIRE);
      if (header & BPF_RINGBUF_BUSY_BIT) break;
      uint32_t length = header & ~(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
      if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
        size_t copied = std::min<size_t>(length, record_max), padded = (copied + 7) & ~(size_t)7;
        if (taken + padded > room) break;
        memcpy(to + taken, data(pos, BPF_RINGBUF_HDR_SZ + copied) + BPF_RINGBUF_HDR_SZ, copied);
        memset(to + taken + copied, 0, padded - copied);
        taken += padded;
      }
      pos += (length + BPF_RINGBUF_HDR_SZ + 7) & ~(uint64_t)7;
      __atomic_store_n(at, pos, __ATOMIC_RELEASE);
    }
    return taken;
  }

 private:
  static constexpr size_t kWindowBytes = 1 << 19;
  void *consumer_ = MAP_FAILED, *producer_ = MAP_FAILED, *window_ = MAP_FAILED;
  int fd_ = -1;
  size_t page_ = 0, size_ = 0, window_size_ = 0;
  size_t window_at_ = 0;  // where in the data the window begins

  // The bytes from `pos` on, of which `length`, no more than the window, can be read.
  const char *data(uint64_t pos, size_t length) {
    const size_t at = pos & (size_ - 1);
    if (at < window_at_ || at + length > window_at_ + window_size_) {
      const size_t from = at & ~(page_ - 1);
      window_at_ = 2 * size_;  // what was mapped there is gone even where this fails
      void *moved = mmap(window_, window_size_, PROT_READ, MAP_SHARED | MAP_FIXED, fd_, 2 * page_ + from);
      if (moved == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "read ring buffer");
      window_at_ = from;
    }
    return (const char *)window_ + (at - window_at_);
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
      size_t taken = take(batch);
      if (taken == 0) return;
      callback_.MakeCallback(env.Global(), {batch, Number::New(env, taken)});
      bool full = taken + kRecordBytesMax > batch.Length();
      if (!full || uv_hrtime() >= end) return;
    }
  }
  size_t take(Buffer<char> &batch) {
    try {
      return mapped_.take(batch.Data(), batch.Length(), kRecordBytesMax);
    } catch (const std::system_error &e) {
      throw Error::New(Env(), e.what());
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
