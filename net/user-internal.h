/*
 * User networking: what its files share.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_USER_INTERNAL_H
#define NET_USER_INTERNAL_H

#include <slirp/libslirp.h>

#include "net/net-internal.h"

typedef struct UserGuestFwd UserGuestFwd;

typedef struct SlirpState {
    NetClientState nc;
    Slirp *slirp;
    bool has_poll;
    MainLoopPoll poll;
    TAILQ_ENTRY(SlirpState) next;
    LIST_HEAD(, UserGuestFwd) guestfwds;
    GHashTable *unix_fwds; /* paths of hostfwd=unix: sockets, ours to unlink */
} SlirpState;

/*
 * user-config.c: the options as libslirp wants them. The strings of the
 * result point into o; vdnssearch is to be freed.
 */
bool user_config_parse(const NetdevUserOptions *o, SlirpConfig *cfg,
                       Error **errp);

/* user-forward.c */
void user_forward_init(SlirpState *s);
bool user_hostfwd_add(SlirpState *s, const char *rule, Error **errp);
bool user_hostfwd_remove(SlirpState *s, const char *rule, Error **errp);
bool user_guestfwd_add(SlirpState *s, const char *rule, Error **errp);
/* After slirp_cleanup(). */
void user_forward_cleanup(SlirpState *s);

#endif
