// SPDX-License-Identifier: Apache-2.0
// A program with markers (USDT) of its own making: each leaves a no-operation where it stands, and a note that says where
// that is and where its arguments lie.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define TEXT(x) #x
#define WORD(x) TEXT(x)
/* `counter`: the symbol of what counts its watchers, or 0; `places`: as the note describes the arguments */
#define MARKER(name, counter, places, ...) \
	asm volatile("771: nop\n" \
		     ".pushsection .note.stapsdt, \"\", \"note\"\n" \
		     ".balign 4\n" \
		     ".4byte 773f - 772f, 775f - 774f, 3\n" \
		     "772: .asciz \"stapsdt\"\n" \
		     "773: .balign 4\n" \
		     "774: .8byte 771b, _.stapsdt.base, " counter "\n" \
		     ".asciz \"shop\"\n.asciz \"" name "\"\n.asciz \"" places "\"\n" \
		     "775: .balign 4\n" \
		     ".popsection\n" : : __VA_ARGS__)

asm(".pushsection .stapsdt.base, \"a\", \"progbits\"\n_.stapsdt.base: .space 1\n.popsection\n");

/* the kernel counts here who watches */
unsigned short watchers __attribute__((section(".probes")));

__attribute__((noinline)) static void buy(int amount, const char *what, long *prices, long at)
{
	volatile short left = -3;
	size_t bytes = strlen(what);

	MARKER("trade", "0", "-4@%k0 8@%1 4@$7 -2@%2 8@8(%%rbx,%%rcx,8) 8@%5 8@%1",
	       "r"(amount), "r"(what), "m"(left), "b"(prices), "c"(at), "r"(bytes));
	printf("bought %d of %s\n", amount, what);
}

__attribute__((noinline)) static void sell(int amount, const char *what)
{
	volatile int sold = -amount;

	MARKER("trade", "0", "-4@%0 8@%1 -4@$-9 2@$-1 8@$0 8@$4 8@%1", "m"(sold), "r"(what));
	printf("sold %d of %s\n", amount, what);
}

__attribute__((noinline)) static void ask(void)
{
	volatile int answer = 1;

	MARKER("ask", "0", "-4@%0 4@$1", "m"(answer));
	printf("answer %d\n", answer);
}

__attribute__((noinline)) static void keep(void)
{
	/* where nobody may write */
	const volatile int *promise = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (promise == MAP_FAILED || *promise)
		abort();
	MARKER("keep", "0", "-4@(%0)", "r"(promise));
	printf("promised %d\n", *promise);
}

__attribute__((noinline)) static void watched(void)
{
	MARKER("watched", "watchers", "2@%w0", "r"(watchers));
	printf("%u\n", watchers);
}

__attribute__((noinline)) static void gone(void)
{
	MARKER("gone", "0", "-4@(%0)", "r"(8L));
}

__attribute__((noinline)) static void odd(void)
{
	MARKER("odd", "0", "8f@%0", "x"(1.5));
}

int main(int argc, char **argv)
{
	long prices[] = { 10, 20, 30, 40 };

	if (argc == 4 && !strcmp(argv[1], "buy"))
		buy(atoi(argv[2]), argv[3], prices, 2);
	else if (argc == 4 && !strcmp(argv[1], "sell"))
		sell(atoi(argv[2]), argv[3]);
	else if (argc == 2 && !strcmp(argv[1], "watchers"))
		watched();
	else if (argc == 2 && !strcmp(argv[1], "ask"))
		ask();
	else if (argc == 2 && !strcmp(argv[1], "keep"))
		keep();
	else if (argc == 2 && !strcmp(argv[1], "gone"))
		gone();
	else if (argc == 2 && !strcmp(argv[1], "odd"))
		odd();
	else
		return 2;
	return 0;
}
