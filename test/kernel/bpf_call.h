// SPDX-License-Identifier: Apache-2.0
// bpf(2) as the programs call it that try a gate: a smallest program, and what came of it, told as `id N` or `errno N`.
#pragma once
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char *name = "loads";
static int returned; /* by the program: of most kinds 0 forbids or drops */

static int bpf(int command, union bpf_attr *attr, size_t size)
{
	return syscall(SYS_bpf, command, attr, size);
}

static inline int load(int type, int attach, int btf_id)
{
	static struct bpf_insn code[] = {{.code = 0xb7}, {.code = 0x95}}; /* r0 = returned; exit */
	union bpf_attr attr;

	code[0].imm = returned;
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = attach;
	attr.attach_btf_id = btf_id;
	attr.insns = (unsigned long)code;
	attr.insn_cnt = 2;
	attr.license = (unsigned long)"GPL";
	strncpy(attr.prog_name, name, sizeof(attr.prog_name) - 1);
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

static inline unsigned id_of(int fd)
{
	struct bpf_prog_info info;
	union bpf_attr attr;

	memset(&info, 0, sizeof(info));
	memset(&attr, 0, sizeof(attr));
	attr.info.bpf_fd = fd;
	attr.info.info_len = sizeof(info);
	attr.info.info = (unsigned long)&info;
	return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)) ? 0 : info.id;
}

static inline int told(int fd)
{
	if (fd < 0)
		printf("errno %d\n", errno);
	else
		printf("id %u\n", id_of(fd));
	fflush(stdout);
	return fd < 0;
}

static inline int get(const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (unsigned long)path;
	return bpf(BPF_OBJ_GET, &attr, sizeof(attr));
}

static inline int pin(int fd, const char *path)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.pathname = (unsigned long)path;
	attr.bpf_fd = fd;
	return bpf(BPF_OBJ_PIN, &attr, sizeof(attr));
}
