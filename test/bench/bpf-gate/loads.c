// SPDX-License-Identifier: Apache-2.0
// loads N INSNS: loads a program of so many instructions N times. Prints minimum and median instructions of the call (rdtsc, under
// -icount). loads load: once, as the tests do.
#include <stdint.h>
#include <stdlib.h>
#include "../../kernel/bpf_call.h"

#define MOST 10000

static inline uint64_t tsc(void) { unsigned lo, hi; asm volatile("lfence; rdtsc" : "=a"(lo), "=d"(hi)); return (uint64_t)hi << 32 | lo; }
static int by_number(const void *a, const void *b) { uint64_t x = *(uint64_t *)a, y = *(uint64_t *)b; return x < y ? -1 : x > y; }

static struct bpf_insn code[MOST];

static int load_of(int insns)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = (unsigned long)code;
	attr.insn_cnt = insns;
	attr.license = (unsigned long)"GPL";
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

int main(int argc, char **argv)
{
	static uint64_t took[1000];
	int times = argc > 1 ? atoi(argv[1]) : 0, insns = argc > 2 ? atoi(argv[2]) : 2;

	if (times < 1)
		return told(load(1, 0, 0));
	if (times > 1000 || insns < 2 || insns > MOST)
		return 2;
	for (int k = 0; k < insns - 1; k++) /* r0 = 0; r0 += 1; … */
		code[k] = k ? (struct bpf_insn){.code = 0x07, .imm = 1} : (struct bpf_insn){.code = 0xb7};
	code[insns - 1].code = 0x95;
	for (int k = -5; k < times; k++) {
		uint64_t began = tsc();
		int fd = load_of(insns);
		uint64_t ended = tsc();
		if (fd < 0)
			return perror("load"), 3;
		close(fd);
		if (k >= 0)
			took[k] = ended - began;
	}
	qsort(took, times, sizeof(*took), by_number);
	printf("%lu %lu\n", took[0], took[times / 2]);
	return 0;
}
