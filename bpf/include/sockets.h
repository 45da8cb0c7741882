/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sockets, packets and addresses: the whole for an event, single parts for the selectors, so that a call which a filter
 * leaves out costs the part and not the whole. Part of values.h.
 */
#pragma once

#define AF_INET 2
#define AF_INET6 10

static __always_inline void read_sock(struct tg_sock_value *v, struct sock *sk)
{
	v->family = FIELD(sk, __sk_common.skc_family);
	v->state = FIELD(sk, __sk_common.skc_state);
	v->type = FIELD(sk, sk_type);
	v->protocol = FIELD(sk, sk_protocol);
	v->mark = FIELD(sk, sk_mark);
	v->priority = FIELD(sk, sk_priority);
	v->sport = FIELD(sk, __sk_common.skc_num);
	v->dport = __builtin_bswap16(FIELD(sk, __sk_common.skc_dport));
	v->cookie = (u64)sk;
	__builtin_memset(v->saddr, 0, 32);
	if (v->family == AF_INET6) {
		BPF_CORE_READ_INTO((struct in6_addr *)v->saddr, sk, __sk_common.skc_v6_rcv_saddr);
		BPF_CORE_READ_INTO((struct in6_addr *)v->daddr, sk, __sk_common.skc_v6_daddr);
	} else {
		BPF_CORE_READ_INTO((u32 *)v->saddr, sk, __sk_common.skc_rcv_saddr);
		BPF_CORE_READ_INTO((u32 *)v->daddr, sk, __sk_common.skc_daddr);
	}
}

struct sockaddr_any { u16 family; u16 port; u32 addr4; u8 addr6[16]; };

static __always_inline int read_sockaddr(struct tg_sock_value *v, const void *address, bool user)
{
	struct sockaddr_any a = {};

	__builtin_memset(v, 0, sizeof(*v));
	if (user ? bpf_probe_read_user(&a, 8, address) : bpf_probe_read_kernel(&a, 8, address))
		return -1;
	if (cfg.unspec_is_inet && !a.family)
		a.family = AF_INET;
	v->family = a.family;
	if (a.family == AF_INET || a.family == AF_INET6)
		v->sport = __builtin_bswap16(a.port);
	if (a.family == AF_INET)
		__builtin_memcpy(v->saddr, &a.addr4, 4);
	if (a.family != AF_INET6)
		return 0;
	return user ? bpf_probe_read_user(v->saddr, 16, address + 8) : bpf_probe_read_kernel(v->saddr, 16, address + 8);
}

#define AF_UNIX 1
#define UNIX_PATH_MAX 108
#define UNIX_ABSTRACT 0x10000

/*
 * The name of a unix socket: a path, or an abstract one without the NUL it begins with. What is gathered is the family and
 * whether it is abstract. `size`: of the whole address, 0 where that is not known; what lies behind it is not the name's.
 */
static __always_inline u32 unix_name(struct tg_scratch *s, u32 off, const void *address, u64 size, bool user)
{
	size = (u32)size; /* an int to the kernel: what the register holds above is anything */
	u32 most = size > 2 && size - 2 < UNIX_PATH_MAX ? size - 2 : UNIX_PATH_MAX;

	if (!s)
		return 0;
	u8 *to = &s->data[off & DATA_MASK];
	s->gathering.total = 0;
	s->gathering.bad = 1;
	if (user ? bpf_probe_read_user(to, 2, address) : bpf_probe_read_kernel(to, 2, address))
		return 0;
	s->gathering.bad = 0;
	s->gathering.total = *(u16 *)to;
	if (*(u16 *)to != AF_UNIX || size == 2)
		return 0;
	if (user ? bpf_probe_read_user(to, 1, address + 2) : bpf_probe_read_kernel(to, 1, address + 2))
		return 0;
	if (!*to) {
		s->gathering.total |= UNIX_ABSTRACT;
		address++;
		most--;
	}
	most++; /* the NUL that the reader writes */
	asm volatile("" : "+r"(most));
	most &= 127;
	long n = user ? bpf_probe_read_user_str(to, most, address + 2) : bpf_probe_read_kernel_str(to, most, address + 2);
	return n > 0 ? (n - 1) & 127 : 0;
}

#define IPV6_EXTENSIONS 7
enum { NEXT_HOP = 0, NEXT_TCP = 6, NEXT_UDP = 17, NEXT_ROUTING = 43, NEXT_FRAGMENT = 44, NEXT_AUTH = 51, NEXT_OPTIONS = 60, NEXT_UDPLITE = 136, NEXT_SCTP = 132 };

struct ipv4_head { u8 version_ihl, tos; u16 len, id, fragment; u8 ttl, protocol; u16 check; u32 saddr, daddr; };
struct ipv6_head { u8 version_class, rest[3]; u16 len; u8 next, hops; u8 saddr[16], daddr[16]; };
union ip_head { struct ipv4_head v4; struct ipv6_head v6; };

/* Behind the extension headers: where the payload begins, and which protocol it is of. */
static __always_inline const u8 *ipv6_payload(const u8 *p, u8 *next)
{
	p += sizeof(struct ipv6_head);
	NO_UNROLL
	for (u32 k = 0; k < IPV6_EXTENSIONS; k++) {
		u8 n = *next, head[4] = {};
		if (n != NEXT_HOP && n != NEXT_ROUTING && n != NEXT_FRAGMENT && n != NEXT_AUTH && n != NEXT_OPTIONS)
			break;
		if (bpf_probe_read_kernel(head, sizeof(head), p))
			break;
		if (n == NEXT_FRAGMENT && ((head[2] << 8 | head[3]) & 0xfff8))
			return NULL; /* not the first fragment: it begins with no header of a protocol */
		p += n == NEXT_FRAGMENT ? 8 : n == NEXT_AUTH ? 4 * (head[1] + 2) : 8 * (head[1] + 1);
		*next = head[0];
	}
	return p;
}

/* A packet: what its IP header says; the family stays 0 when it has none. Ports are those of TCP, UDP and SCTP. */
static __always_inline void read_skb(struct tg_sock_value *v, struct sk_buff *skb)
{
	const u8 *p = FIELD(skb, head), *payload = NULL;
	union ip_head ip = {};
	u16 ports[2] = {};
	u8 next;

	__builtin_memset(v, 0, sizeof(*v));
	v->mark = FIELD(skb, mark);
	v->priority = FIELD(skb, priority);
	v->cookie = (u64)FIELD(skb, len) << 32 | FIELD(skb, hash);
	p += FIELD(skb, network_header);
	if (bpf_probe_read_kernel(&ip.v4, sizeof(ip.v4), p))
		return;
	if (ip.v4.version_ihl >> 4 == 4) {
		v->family = AF_INET;
		next = ip.v4.protocol;
		__builtin_memcpy(v->saddr, &ip.v4.saddr, 4);
		__builtin_memcpy(v->daddr, &ip.v4.daddr, 4);
		if (!(__builtin_bswap16(ip.v4.fragment) & 0x1fff))
			payload = p + 4 * (ip.v4.version_ihl & 15);
	} else if (ip.v4.version_ihl >> 4 == 6 && !bpf_probe_read_kernel(&ip.v6, sizeof(ip.v6), p)) {
		v->family = AF_INET6;
		next = ip.v6.next;
		__builtin_memcpy(v->saddr, ip.v6.saddr, 16);
		__builtin_memcpy(v->daddr, ip.v6.daddr, 16);
		payload = ipv6_payload(p, &next);
	} else {
		return;
	}
	v->protocol = next;
	if (next != NEXT_TCP && next != NEXT_UDP && next != NEXT_UDPLITE && next != NEXT_SCTP)
		return;
	if (payload && !bpf_probe_read_kernel(ports, sizeof(ports), payload)) {
		v->sport = __builtin_bswap16(ports[0]);
		v->dport = __builtin_bswap16(ports[1]);
	}
}

static __always_inline bool is_ip(u32 family) { return family == AF_INET || family == AF_INET6; }

/* An address as the selectors compare it: 16 bytes, an IPv4 one mapped. */
static __always_inline void widen(u64 *to, u32 family, const u8 *bytes)
{
	u32 v4;

	if (family == AF_INET6) {
		__builtin_memcpy(to, bytes, 16);
		return;
	}
	__builtin_memcpy(&v4, bytes, 4);
	to[0] = 0;
	to[1] = (u64)v4 << 32 | 0xffff0000;
}

/* One part of a socket. False: it has no such part. */
static __always_inline bool sock_part(struct sock *sk, u32 field, u64 *v)
{
	u32 family = FIELD(sk, __sk_common.skc_family);
	u8 bytes[16] = {};

	switch (field) {
	case TG_F_FAMILY: v[0] = family; return true;
	case TG_F_STATE: v[0] = FIELD(sk, __sk_common.skc_state); return true;
	case TG_F_PROTOCOL: v[0] = FIELD(sk, sk_protocol); return true;
	}
	if (!is_ip(family))
		return false;
	switch (field) {
	case TG_F_SPORT: v[0] = FIELD(sk, __sk_common.skc_num); return true;
	case TG_F_DPORT: v[0] = __builtin_bswap16(FIELD(sk, __sk_common.skc_dport)); return true;
	case TG_F_SADDR:
		if (family == AF_INET6)
			BPF_CORE_READ_INTO((struct in6_addr *)bytes, sk, __sk_common.skc_v6_rcv_saddr);
		else
			BPF_CORE_READ_INTO((u32 *)bytes, sk, __sk_common.skc_rcv_saddr);
		widen(v, family, bytes);
		return true;
	case TG_F_DADDR:
		if (family == AF_INET6)
			BPF_CORE_READ_INTO((struct in6_addr *)bytes, sk, __sk_common.skc_v6_daddr);
		else
			BPF_CORE_READ_INTO((u32 *)bytes, sk, __sk_common.skc_daddr);
		widen(v, family, bytes);
		return true;
	}
	return false;
}

/* The same of what has been read as a whole: a packet, an address. */
static __always_inline bool read_part(const struct tg_sock_value *whole, u32 field, u64 *v)
{
	if (field == TG_F_FAMILY) {
		v[0] = whole->family;
		return true;
	}
	if (!is_ip(whole->family))
		return false;
	switch (field) {
	case TG_F_PROTOCOL: v[0] = whole->protocol; return true;
	case TG_F_SPORT: v[0] = whole->sport; return true;
	case TG_F_DPORT: v[0] = whole->dport; return true;
	case TG_F_SADDR: widen(v, whole->family, whole->saddr); return true;
	case TG_F_DADDR: widen(v, whole->family, whole->daddr); return true;
	}
	return false;
}
