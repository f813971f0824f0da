/*
 * As much of ethtool as the tests use, with its options and its names.
 *
 *   ethtool -i IF                       driver and where it sits
 *   ethtool -k IF                       offloads
 *   ethtool -K IF NAME on|off ...       switches them; unlike the original it
 *                                       fails when one does not come out so
 *   ethtool -l IF                       channels
 *   ethtool -L IF combined N
 *   ethtool -S IF                       the driver's own counters
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "agent.h"

#define MAX_BLOCKS 8

/* What people call a group of features. */
static const struct {
    const char *alias, *prefix;
} aliases[] = {
    { "rx", "rx-checksum" },
    { "tx", "tx-checksum-ip-generic" },
    { "sg", "tx-scatter-gather" },
    { "tso", "tx-tcp" },
    { "gso", "tx-generic-segmentation" },
    { "gro", "rx-gro" },
};

static int sock;
static const char *ifname;

static int command(void *data)
{
    struct ifreq ifr = { .ifr_data = data };

    strncpy(ifr.ifr_name, ifname, IFNAMSIZ - 1);
    return ioctl(sock, SIOCETHTOOL, &ifr);
}

/* Names of a string set; NULL if there are none. */
static struct ethtool_gstrings *get_strings(uint32_t set)
{
    struct {
        struct ethtool_sset_info info;
        uint32_t length;
    } query = { .info.cmd = ETHTOOL_GSSET_INFO, .info.sset_mask = 1u << set };
    struct ethtool_gstrings *strings;

    if (command(&query) < 0 || query.info.sset_mask == 0 ||
        query.info.data[0] == 0) {
        return NULL;
    }
    strings = calloc(1, sizeof(*strings) +
                            (size_t)query.info.data[0] * ETH_GSTRING_LEN);
    strings->cmd = ETHTOOL_GSTRINGS;
    strings->string_set = set;
    strings->len = query.info.data[0];
    if (command(strings) < 0) {
        free(strings);
        return NULL;
    }
    return strings;
}

static const char *string_at(const struct ethtool_gstrings *s, uint32_t i)
{
    return (const char *)s->data + (size_t)i * ETH_GSTRING_LEN;
}

static int show_driver(void)
{
    struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };

    if (command(&info) < 0) {
        return agent_fail(ifname);
    }
    printf("driver: %s\nversion: %s\nbus-info: %s\n", info.driver,
           info.version, info.bus_info);
    return 0;
}

static struct ethtool_gfeatures *get_features(uint32_t blocks)
{
    struct ethtool_gfeatures *f =
        calloc(1, sizeof(*f) + blocks * sizeof(f->features[0]));

    f->cmd = ETHTOOL_GFEATURES;
    f->size = blocks;
    if (command(f) < 0) {
        free(f);
        return NULL;
    }
    return f;
}

static int show_features(const struct ethtool_gstrings *names)
{
    struct ethtool_gfeatures *f = get_features((names->len + 31) / 32);

    if (!f) {
        return agent_fail("ETHTOOL_GFEATURES");
    }
    for (uint32_t i = 0; i < names->len; i++) {
        struct ethtool_get_features_block *b = &f->features[i / 32];
        uint32_t bit = 1u << (i % 32);

        if (string_at(names, i)[0]) {
            printf("%s: %s%s\n", string_at(names, i),
                   b->active & bit ? "on" : "off",
                   b->available & bit && !(b->never_changed & bit)
                       ? ""
                       : " [fixed]");
        }
    }
    free(f);
    return 0;
}

static int matches(const char *feature, const char *asked)
{
    for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++) {
        if (strcmp(asked, aliases[i].alias) == 0) {
            /* "rx-gro" is not "rx-gro-hw", but "tx-tcp" means them all. */
            return strcmp(asked, "tso") == 0
                       ? strncmp(feature, aliases[i].prefix,
                                 strlen(aliases[i].prefix)) == 0
                       : strcmp(feature, aliases[i].prefix) == 0;
        }
    }
    return strcmp(feature, asked) == 0;
}

/* Asks for one name; fixed features that an alias includes do not count. */
static int ask_for(struct ethtool_sfeatures *set,
                   const struct ethtool_gfeatures *now,
                   const struct ethtool_gstrings *names, const char *asked,
                   int on)
{
    int found = 0;

    for (uint32_t i = 0; i < names->len; i++) {
        const struct ethtool_get_features_block *b = &now->features[i / 32];
        uint32_t bit = 1u << (i % 32);

        if (!matches(string_at(names, i), asked) ||
            !(b->available & ~b->never_changed & bit)) {
            continue;
        }
        set->features[i / 32].valid |= bit;
        if (on) {
            set->features[i / 32].requested |= bit;
        } else {
            set->features[i / 32].requested &= ~bit;
        }
        found = 1;
    }
    return found;
}

static int set_features(const struct ethtool_gstrings *names, int argc,
                        char **argv)
{
    uint32_t blocks = (names->len + 31) / 32;
    struct {
        struct ethtool_sfeatures set;
        struct ethtool_set_features_block space[MAX_BLOCKS];
    } ask = { .set = { .cmd = ETHTOOL_SFEATURES, .size = blocks } };
    struct ethtool_gfeatures *f = get_features(blocks);
    int result;

    if (!f || blocks > MAX_BLOCKS) {
        return agent_fail("ETHTOOL_GFEATURES");
    }
    for (int i = 0; i + 1 < argc; i += 2) {
        if (!ask_for(&ask.set, f, names, argv[i],
                     strcmp(argv[i + 1], "on") == 0)) {
            printf("ethtool: %s cannot be changed\n", argv[i]);
            return 1;
        }
    }
    free(f);
    result = command(&ask.set);
    if (result < 0) {
        return agent_fail("ETHTOOL_SFEATURES");
    }
    if (result & (ETHTOOL_F_UNSUPPORTED | ETHTOOL_F_WISH)) {
        printf("ethtool: not all of it was done\n");
        return 1;
    }
    return 0;
}

static int features(int argc, char **argv, int set)
{
    struct ethtool_gstrings *names = get_strings(ETH_SS_FEATURES);
    int result;

    if (!names) {
        return agent_fail(ifname);
    }
    result = set ? set_features(names, argc, argv) : show_features(names);
    free(names);
    return result;
}

static int channels(const char *count)
{
    struct ethtool_channels c = { .cmd = ETHTOOL_GCHANNELS };

    if (command(&c) < 0) {
        return agent_fail(ifname);
    }
    if (!count) {
        printf("max %u\ncombined %u\n", c.max_combined, c.combined_count);
        return 0;
    }
    c.cmd = ETHTOOL_SCHANNELS;
    c.combined_count = strtoul(count, NULL, 0);
    return command(&c) < 0 ? agent_fail(ifname) : 0;
}

static int show_counters(void)
{
    struct ethtool_gstrings *names = get_strings(ETH_SS_STATS);
    struct ethtool_stats *stats;

    if (!names) {
        return agent_fail(ifname);
    }
    stats = calloc(1, sizeof(*stats) + names->len * sizeof(stats->data[0]));
    stats->cmd = ETHTOOL_GSTATS;
    stats->n_stats = names->len;
    if (command(stats) < 0) {
        return agent_fail(ifname);
    }
    for (uint32_t i = 0; i < names->len; i++) {
        printf("%s: %llu\n", string_at(names, i),
               (unsigned long long)stats->data[i]);
    }
    free(stats);
    free(names);
    return 0;
}

int ethtool_main(int argc, char **argv)
{
    char option;

    if (argc < 3 || argv[1][0] != '-' || !argv[1][1]) {
        printf("usage: ethtool -i|-k|-K|-l|-L|-S IF ...\n");
        return 2;
    }
    option = argv[1][1];
    ifname = argv[2];
    sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    switch (option) {
    case 'i':
        return show_driver();
    case 'k':
        return features(0, NULL, 0);
    case 'K':
        return features(argc - 3, argv + 3, 1);
    case 'l':
        return channels(NULL);
    case 'L':
        return channels(argc > 4 ? argv[4] : "0");
    case 'S':
        return show_counters();
    default:
        printf("ethtool: unknown option %s\n", argv[1]);
        return 2;
    }
}
