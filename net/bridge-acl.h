/*
 * Who may join which bridge: the file that the bridge helper obeys.
 *
 *   allow br0            deny br1            include /etc/qemu/alice.conf
 *   allow all            deny all            # comment
 *
 * A bridge is open to the caller if some line allows it and none denies it, in
 * whatever order. A file named by include that the caller may not read (or
 * that is not there) is passed over: that is how one grants a bridge to a
 * group. A line that makes no sense closes everything.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_BRIDGE_ACL_H
#define NET_BRIDGE_ACL_H

#include "util/osdep.h"

typedef struct BridgeAcl {
    bool allowed, denied;
} BridgeAcl;

/* Adds to *acl what the file at path says about bridge. False, with the
 * reason on stderr, if it cannot be read or has a bad line. */
bool bridge_acl_read(const char *path, const char *bridge, BridgeAcl *acl);

/* Interface names longer than the kernel's would be cut by it: refused. */
bool bridge_name_fits(const char *name);

#endif
