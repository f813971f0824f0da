/*
 * The guest agent: a single static program that is PID 1 of the test guest
 * and, by other names, the tools that busybox lacks.
 *
 * scripts/guest-image puts it into the initramfs as /init, with links for the
 * tools (`ethtool`, `traffic`, `compute`). Nothing here knows what is tested:
 * tests send shell commands and judge what these print.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

static const struct {
    const char *name;
    int (*main)(int argc, char **argv);
} tools[] = {
    { "compute", compute_main },
    { "ethtool", ethtool_main },
    { "traffic", traffic_main },
};

static const char *name = "init";

int agent_fail(const char *what)
{
    printf("%s: %s: %s\n", name, what, strerror(errno));
    return 1;
}

double agent_now(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec + ts.tv_nsec / 1e9;
}

/*
 * What a CPU does without devices: integer arithmetic, branches that are hard
 * to foresee, and memory in no particular order. Prints a value that depends on
 * all of it, and the time it took.
 */
int compute_main(int argc, char **argv)
{
    static uint32_t table[1 << 16];
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 1000000;
    uint64_t x = 88172645463325252u, sum = 0;
    double start = agent_now();

    for (unsigned long i = 0; i < rounds; i++) {
        uint32_t *slot;

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        slot = &table[x & 0xffff];
        if (x & 0x10000) {
            *slot += (uint32_t)(x >> 32);
        } else {
            *slot = *slot * 33 + (uint32_t)i;
        }
        sum += *slot % ((uint32_t)(x >> 40) | 1);
    }
    printf("compute: %lu rounds, result %016llx, %.3f s\n", rounds,
           (unsigned long long)sum, agent_now() - start);
    return 0;
}

int main(int argc, char **argv)
{
    const char *slash = strrchr(argv[0], '/');

    if (getpid() == 1) {
        return agent_init();
    }
    name = slash ? slash + 1 : argv[0];
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof(tools) / sizeof(tools[0]); i++) {
        if (strcmp(name, tools[i].name) == 0) {
            return tools[i].main(argc, argv);
        }
    }
    fprintf(stderr, "%s: the guest agent has no tool of that name\n", name);
    return 2;
}
