// SPDX-License-Identifier: Apache-2.0
// loads N INSNS: loads a program of so many instructions N times. Prints minimum and median instructions of the call
// (rdtsc, under -icount). loads N run PIN TOOL ARGS…: runs a tool N times and takes away what it pinned: the same of its whole life.
// loads load: once, as the tests do.
// What a load costs the kernel hangs on how its pages of code and of per-CPU counters are filled just then, by a twentieth of a small
// one: so there are rounds, with other things in the way in each, and the median told is the mean of theirs.
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "../../kernel/bpf_call.h"

#define MOST 10000
#define ROUNDS 40
#define IN_ROUND_MOST 25

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

/* Of the process alone, in the thousands that its time is counted in: while it sleeps the machine's clock jumps. */
static uint64_t time_of_children(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return 1000ull * (1000000ull * (u.ru_utime.tv_sec + u.ru_stime.tv_sec) + u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static int run_once(char **argv)
{
	int status = -1;
	pid_t pid = vfork();

	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void fill_code(int insns) /* r0 = 0; r0 += 1; … */
{
	for (int k = 0; k < insns - 1; k++)
		code[k] = k ? (struct bpf_insn){.code = 0x07, .imm = 1} : (struct bpf_insn){.code = 0xb7};
	code[insns - 1] = (struct bpf_insn){.code = 0x95};
}

/* Left lying until the end. */
static int put_in_the_way(int round)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = BPF_MAP_TYPE_PERCPU_ARRAY;
	attr.key_size = 4;
	attr.value_size = 8 * (1 + round % 5);
	attr.max_entries = 10 + 23 * round;
	fill_code(10 + 37 * round);
	return bpf(BPF_MAP_CREATE, &attr, sizeof(attr)) < 0 || load_of(10 + 37 * round) < 0;
}

/* One load, and what it took; 0: it failed. */
static uint64_t counted(int insns, const char *pin, char **tool)
{
	uint64_t began = tool ? time_of_children() : tsc();
	int fd = tool ? run_once(tool) : load_of(insns);
	uint64_t ended = tool ? time_of_children() : tsc();

	if (tool ? fd || unlink(pin) : fd < 0 || close(fd))
		return perror("load"), 0;
	return ended - began;
}

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) / ROUNDS : 0, insns = argc > 2 ? atoi(argv[2]) : 2;
	char **tool = argc > 4 && !strcmp(argv[2], "run") ? argv + 4 : NULL;
	uint64_t least = -1, medians = 0;

	if (times < 1)
		return told(load(1, 0, 0));
	if (times > IN_ROUND_MOST || (!tool && (insns < 2 || insns > MOST)))
		return 2;
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t took[IN_ROUND_MOST];
		if (put_in_the_way(round))
			return perror("what is in the way"), 3;
		if (!tool)
			fill_code(insns);
		for (int k = -1; k < times; k++) { /* the first of a round finds nothing warm */
			uint64_t one = counted(insns, argv[3], tool);
			if (!one)
				return 3;
			if (k >= 0)
				took[k] = one;
		}
		qsort(took, times, sizeof(*took), by_number);
		least = took[0] < least ? took[0] : least;
		medians += took[times / 2];
	}
	printf("%lu %lu\n", least, medians / ROUNDS);
	return 0;
}
