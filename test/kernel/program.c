// SPDX-License-Identifier: Apache-2.0
// A program to be hooked: functions that are called with what the command line says, and what they did.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* how many watch the place that it belongs to: the kernel counts here */
unsigned short watchers __attribute__((section(".probes")));

__attribute__((noinline)) long spend(int amount, const char *what, unsigned short times)
{
	printf("spent %d on %s\n", amount * times, what);
	fflush(stdout);
	return -(long)amount;
}

__attribute__((noinline)) size_t send_bytes(const char *bytes, size_t count)
{
	return printf("sent %zu\n", count) ? count : strlen(bytes);
}

__attribute__((noinline)) const char *name_of(int amount)
{
	return amount < 0 ? NULL : amount ? "coffee" : "tea";
}

static long work(int amount)
{
	return amount + 1;
}

static long (*chosen(void))(int) { return work; }
long by_choice(int amount) __attribute__((ifunc("chosen")));

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "spend"))
		return spend(atoi(argv[2]), argv[3], 2) > 0;
	if (argc == 3 && !strcmp(argv[1], "send"))
		return send_bytes(argv[2], strlen(argv[2])) == 0;
	if (argc == 2 && !strcmp(argv[1], "watchers"))
		return printf("%u\n", watchers) < 0;
	if (argc == 3 && !strcmp(argv[1], "choice"))
		return by_choice(atoi(argv[2])) == 0;
	if (argc == 3 && !strcmp(argv[1], "name"))
		return printf("%s\n", name_of(atoi(argv[2]))) < 0;
	return 2;
}
