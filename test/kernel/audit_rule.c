// SPDX-License-Identifier: Apache-2.0
/*
 * audit_rule on|off: the kernel audits, with one rule, of a call that nobody makes; off takes both back. Tasks that are made in
 * between are audited. Ends with the errno of what was refused.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RARE_CALL 180 /* nfsservctl, long gone */

static int asked(int fd, int type, const void *data, size_t size)
{
	struct { struct nlmsghdr head; char body[sizeof(struct audit_rule_data)]; } request = { 0 };
	char answer[4096];

	request.head.nlmsg_len = NLMSG_LENGTH(size);
	request.head.nlmsg_type = type;
	request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	memcpy(request.body, data, size);
	if (send(fd, &request, request.head.nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		if (recv(fd, answer, sizeof(answer), 0) < 0)
			return errno;
		if (((struct nlmsghdr *)answer)->nlmsg_type == NLMSG_ERROR)
			return -((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
	}
}

int main(int argc, char **argv)
{
	int on = argc == 2 && !strcmp(argv[1], "on");
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
	struct audit_status status = { .mask = AUDIT_STATUS_ENABLED, .enabled = on };
	struct audit_rule_data rule = { .flags = AUDIT_FILTER_EXIT, .action = AUDIT_NEVER };

	if (fd < 0)
		return errno;
	rule.mask[RARE_CALL / 32] = 1U << RARE_CALL % 32;
	int error = asked(fd, AUDIT_SET, &status, sizeof(status));
	if (!error)
		error = asked(fd, on ? AUDIT_ADD_RULE : AUDIT_DEL_RULE, &rule, sizeof(rule));
	return error;
}
