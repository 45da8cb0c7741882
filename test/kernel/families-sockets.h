// SPDX-License-Identifier: Apache-2.0
// Part of families.c: an address instead of a path. Its first eight bytes are family, port and IPv4 address.
#define PORT 4709
static struct sockaddr_in address_f, address_h;
static int receiver_f = -1, receiver_h = -1, listener_f = -1, listener_h = -1;
static uint64_t *peer; // in memory that children share: the address a call reached
static const char *ANY_TEXT = "x";

static uint64_t word_of(const struct sockaddr_in *a) { uint64_t w; memcpy(&w, a, 8); return w; }
static int socket_of(int family, int type) { return socket(family, type | SOCK_NONBLOCK, 0); }
static struct sockaddr_in6 mapped(const char *a) {
  struct sockaddr_in from; memcpy(&from, a, sizeof from);
  struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = from.sin_port}; to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;
  memcpy(&to.sin6_addr.s6_addr[12], &from.sin_addr, 4); return to;
}
static void note(int s, int (*name)(int, struct sockaddr *, socklen_t *)) {
  struct sockaddr_in6 a = {0}; socklen_t n = sizeof a;
  if (name(s, (void *)&a, &n)) return;
  struct sockaddr_in v4; memcpy(&v4, &a, sizeof v4);
  if (a.sin6_family == AF_INET6) { v4.sin_family = AF_INET; memcpy(&v4.sin_addr, &a.sin6_addr.s6_addr[12], 4); }
  *peer = word_of(&v4);
}
static int reached(const char *which) { return *peer == word_of(which == FORBIDDEN_TEXT ? &address_f : &address_h); }
static void with_nothing(void) { *peer = 0; }

#define N sizeof(struct sockaddr_in)
static uint32_t *call_args;
static int socketcall(int nr, long a, long b, long c, long d, long e, long f) { call_args[0] = a; call_args[1] = b; call_args[2] = c; call_args[3] = d; call_args[4] = e; call_args[5] = f; return e32(102, nr, P(call_args), 0, 0, 0); }
#define ON_SOCKET(n, family, type, body, name) static int n(const char *p) { int s = socket_of(family, type); int r = body; note(s, name); close(s); return r == EINPROGRESS ? 0 : r; }
ON_SOCKET(connect_, AF_INET, SOCK_DGRAM, CALL(SYS_connect, s, p, N), getpeername)
ON_SOCKET(connect_tcp, AF_INET, SOCK_STREAM, CALL(SYS_connect, s, p, N), getpeername)
ON_SOCKET(connect_32, AF_INET, SOCK_DGRAM, e32(362, s, P(p), N, 0, 0), getpeername)
ON_SOCKET(connect_sc, AF_INET, SOCK_DGRAM, socketcall(3, s, P(p), N, 0, 0, 0), getpeername)
ON_SOCKET(connect_u, AF_INET, SOCK_DGRAM, uring(IORING_OP_CONNECT, s, p, N, 0, 0, 0), getpeername)
static int connect_mapped_to(int s, const char *p) { struct sockaddr_in6 a = mapped(p); return CALL(SYS_connect, s, &a, sizeof a); }
ON_SOCKET(connect_6, AF_INET6, SOCK_DGRAM, connect_mapped_to(s, p), getpeername)
ON_SOCKET(connect_fast, AF_INET, SOCK_STREAM, CALL(SYS_sendto, s, ANY_TEXT, 1, MSG_FASTOPEN, p, N), getpeername)
ON_SOCKET(bind_, AF_INET, SOCK_DGRAM, CALL(SYS_bind, s, p, N), getsockname)
ON_SOCKET(bind_32, AF_INET, SOCK_DGRAM, e32(361, s, P(p), N, 0, 0), getsockname)
ON_SOCKET(bind_sc, AF_INET, SOCK_DGRAM, socketcall(2, s, P(p), N, 0, 0, 0), getsockname)
ON_SOCKET(bind_u, AF_INET, SOCK_DGRAM, or_no_door(uring(56, s, p, N, 0, 0, 0), EINVAL), getsockname)
static int bind_mapped_to(int s, const char *p) { struct sockaddr_in6 a = mapped(p); return CALL(SYS_bind, s, &a, sizeof a); }
ON_SOCKET(bind_6, AF_INET6, SOCK_DGRAM, bind_mapped_to(s, p), getsockname)

static char *word_text; static struct iovec *vec; static struct msghdr *message; static struct mmsghdr *messages; static uint32_t *message32;
static struct msghdr *message_to(const char *p) { *vec = (struct iovec){word_text, 1}; *message = (struct msghdr){.msg_name = (void *)p, .msg_namelen = N, .msg_iov = vec, .msg_iovlen = 1}; messages->msg_hdr = *message; return message; }
static uint32_t *message32_to(const char *p) { uint32_t *v = message32 + 10; v[0] = P(word_text); v[1] = 1; uint32_t m[7] = {P(p), N, P(v), 1, 0, 0, 0}; memcpy(message32, m, sizeof m); return message32; }
#define SEND(n, family, body) static int n(const char *p) { int s = socket_of(family, SOCK_DGRAM); int r = body; close(s); return r; }
SEND(sendto_, AF_INET, CALL(SYS_sendto, s, word_text, 1, 0, p, N)) SEND(sendmsg_, AF_INET, CALL(SYS_sendmsg, s, message_to(p), 0)) SEND(sendmmsg_, AF_INET, (message_to(p), CALL(SYS_sendmmsg, s, messages, 1, 0)))
static int e32six(long nr, long a, long b, long c, long d, long e, long f) {
  long r; asm volatile("push %%rbp; mov %[f], %%rbp; int $0x80; pop %%rbp" : "=a"(r) : "a"(nr), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e), [f] "r"(f) : "memory", "r8", "r9", "r10", "r11");
  return (int)r < 0 && (int)r > -4096 ? -(int)r : 0;
}
SEND(sendto_32, AF_INET, e32six(369, s, P(word_text), 1, 0, P(p), N)) SEND(sendto_sc, AF_INET, socketcall(11, s, P(word_text), 1, 0, P(p), N)) SEND(sendmsg_32, AF_INET, e32(370, s, P(message32_to(p)), 0, 0, 0))
SEND(sendmsg_u, AF_INET, uring(IORING_OP_SENDMSG, s, message_to(p), 0, 1, 0, 0))
static int send_mapped(int s, const char *p) { struct sockaddr_in6 a = mapped(p); return CALL(SYS_sendto, s, word_text, 1, 0, &a, sizeof a); }
SEND(sendto_6, AF_INET6, send_mapped(s, p))
// the kernel takes an address without a family for an IPv4 one
static int send_unspec(int s, const char *p) { struct sockaddr_in a; memcpy(&a, p, sizeof a); a.sin_family = AF_UNSPEC; return CALL(SYS_sendto, s, word_text, 1, 0, &a, sizeof a); }
SEND(sendto_un, AF_INET, send_unspec(s, p))
static int received(const char *which) { char b[8]; return recv(which == FORBIDDEN_TEXT ? receiver_f : receiver_h, b, 8, MSG_DONTWAIT) > 0; }

static int on(int type, const struct sockaddr_in *a) { int s = socket_of(AF_INET, type), one = 1; setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, 4); if (bind(s, (void *)a, N) || (type == SOCK_STREAM && listen(s, 64))) exit(7); return s; }
static void with_receivers(void) { if (receiver_f < 0) { receiver_f = on(SOCK_DGRAM, &address_f); receiver_h = on(SOCK_DGRAM, &address_h); } char b[8]; while (recv(receiver_f, b, 8, 0) > 0) {} while (recv(receiver_h, b, 8, 0) > 0) {} }
static void with_listeners(void) { *peer = 0; if (listener_f < 0) { listener_f = on(SOCK_STREAM, &address_f); listener_h = on(SOCK_STREAM, &address_h); } int c; while ((c = accept(listener_f, 0, 0)) >= 0) close(c); while ((c = accept(listener_h, 0, 0)) >= 0) close(c); }
static void sockets_init(char *low) {
  peer = (void *)(low + 4096); call_args = (void *)(low + 4112); word_text = low + 4200; vec = (void *)(low + 4208); message = (void *)(low + 4240); messages = (void *)(low + 4352); message32 = (void *)(low + 4500 / 8 * 8);
  address_f = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(PORT)}; address_h = address_f; address_h.sin_port = htons(PORT + 1);
  inet_pton(AF_INET, "127.0.0.9", &address_f.sin_addr); inet_pton(AF_INET, "127.0.0.8", &address_h.sin_addr);
}
