/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tracegate-off: the way out when nothing else can run. Static, without Node, gate or agent; as root on the host.
 * It sets the pinned map that every program of Tracegate asks before it acts. With --unload it takes the programs out
 * of the kernel instead, with no bpf(2) of its own, and leaves a folder `off` beside the pins: as long as that is
 * there, an agent loads nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
#include "../include/layout.h"

#define PIN_DIR "/sys/fs/bpf/tracegate"
#define PATH_BYTES 4096
#define SECONDS_MAX (30u * 86400)
enum { DONE = 0, USAGE = 2, FAILED = 3 };

static const char *HELP =
	"tracegate-off: lets nothing of Tracegate act on this host, without gate, agent or Node. Run it as root.\n"
	"\n"
	"  tracegate-off [--for 30m] [--pins DIR]   nothing is denied or killed any more; events go on\n"
	"  tracegate-off --unload [--pins DIR]      everything is also taken out of the kernel, and nothing is loaded\n"
	"\n"
	"`tracegate resume` ends either. DIR is agent.pinDir, " PIN_DIR " if not configured.\n";

static int failed(const char *what, const char *where, const char *todo)
{
	fprintf(stderr, "tracegate-off: %s %s: %s. %s\n", what, where, strerror(errno), todo);
	return FAILED;
}

static long bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* 90s, 30m, 2h, 1d; 0: cannot be read */
static u64 seconds_of(const char *text)
{
	char *unit;
	unsigned long count = strtoul(text, &unit, 10);
	u64 each = !strcmp(unit, "s") ? 1 : !strcmp(unit, "m") ? 60 : !strcmp(unit, "h") ? 3600 : !strcmp(unit, "d") ? 86400 : 0;

	if (text[0] < '0' || text[0] > '9' || count > SECONDS_MAX || count * each > SECONDS_MAX)
		return 0;
	return count * each;
}

static int set_suspended(const char *dir, u64 for_seconds)
{
	char path[PATH_BYTES];
	struct tg_control value = { .suspended = 1 };
	struct timespec now;
	u32 key = 0;
	union bpf_attr attr;

	snprintf(path, sizeof(path), "%s/maps/tg_control", dir);
	memset(&attr, 0, sizeof(attr));
	attr.pathname = (u64)(unsigned long)path;
	int map = (int)bpf(BPF_OBJ_GET, &attr);
	if (map < 0)
		return -1;
	clock_gettime(CLOCK_BOOTTIME, &now);
	if (for_seconds)
		value.suspended_until_ns = ((u64)now.tv_sec + for_seconds) * 1000000000ull + (u64)now.tv_nsec;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)map;
	attr.key = (u64)(unsigned long)&key;
	attr.value = (u64)(unsigned long)&value;
	return (int)bpf(BPF_MAP_UPDATE_ELEM, &attr);
}

static int suspend(const char *dir, u64 for_seconds)
{
	if (set_suspended(dir, for_seconds))
		return failed("cannot suspend what is pinned in", dir,
			      errno == ENOENT ? "Nothing of Tracegate is there: name agent.pinDir with --pins if it is another folder"
					      : "Are you root? --unload takes everything out without asking the kernel this");
	puts("suspended: nothing of Tracegate denies or kills on this host any more. `tracegate resume` ends it");
	return DONE;
}

/*
 * The kernel lets go of a link some time after its last name is gone: a grace period of RCU (which MEMBARRIER_CMD_GLOBAL
 * waits for), then a work item.
 */
static void let_the_kernel_finish(void)
{
	struct timespec work = { .tv_nsec = 200000000 };

	syscall(SYS_membarrier, 1 /* MEMBARRIER_CMD_GLOBAL */, 0, 0);
	nanosleep(&work, NULL);
}

/* First the folder: an agent that is running must not put back what it finds gone. */
static int unload(const char *dir)
{
	char path[PATH_BYTES];
	int dropped = 0;
	DIR *pins = opendir(dir);

	if (!pins)
		return failed("cannot open", dir, "Name agent.pinDir with --pins if it is another folder, and run this as root");
	snprintf(path, sizeof(path), "%s/off", dir);
	if (mkdir(path, 0700) && errno != EEXIST)
		return failed("cannot make", path, "Run this as root");
	set_suspended(dir, 0); /* what is still held by somebody else must not act either; not needed for the rest */
	for (struct dirent *entry; (entry = readdir(pins));) {
		if (strncmp(entry->d_name, "link-", 5))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (unlink(path))
			return failed("cannot remove", path, "Run this as root");
		dropped++;
	}
	closedir(pins);
	let_the_kernel_finish();
	printf("unloaded: %d programs are out of the kernel, and none is loaded until `tracegate resume`\n", dropped);
	return DONE;
}

/* The agent hands over a program as descriptor 3 that puts whoever runs it among the protected executables. */
static int register_self(void)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = 3;
	if (bpf(BPF_PROG_TEST_RUN, &attr))
		return failed("cannot run", "the registering program", "Only the agent asks for this");
	return attr.test.retval ? FAILED : DONE;
}

int main(int argc, char **argv)
{
	const char *configured = getenv("TRACEGATE_AGENT_PIN_DIR");
	const char *dir = configured && *configured ? configured : PIN_DIR;
	u64 for_seconds = 0;
	int unloads = 0;

	for (int i = 1; i < argc; i++) {
		const char *next = i + 1 < argc ? argv[i + 1] : "";
		if (!strcmp(argv[i], "--register"))
			return register_self();
		if (!strcmp(argv[i], "--help"))
			return fputs(HELP, stdout) < 0 ? FAILED : DONE;
		if (!strcmp(argv[i], "--unload")) {
			unloads = 1;
		} else if (!strcmp(argv[i], "--pins") && *next && strlen(next) < PATH_BYTES - 300) {
			dir = next;
			i++;
		} else if (!strcmp(argv[i], "--for") && (for_seconds = seconds_of(next))) {
			i++;
		} else {
			fprintf(stderr, "tracegate-off: \"%s\" is not understood\n%s", argv[i], HELP);
			return USAGE;
		}
	}
	if (unloads && for_seconds) {
		fputs("tracegate-off: --unload has no end of its own: leave --for out\n", stderr);
		return USAGE;
	}
	return unloads ? unload(dir) : suspend(dir, for_seconds);
}
