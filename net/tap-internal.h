/*
 * The tap backend's parts: tap.c moves packets, tap-linux.c talks to the
 * kernel about the device, tap-setup.c makes clients from options,
 * tap-spawn.c runs scripts and the bridge helper.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef NET_TAP_INTERNAL_H
#define NET_TAP_INTERNAL_H

#include "net/net.h"

#define DEFAULT_BRIDGE_INTERFACE "br0"
#define TAP_DEFAULT_SNDBUF       0 /* no limit */

/* What came to the fd we were given, or what TUNSETIFF gave us. */
typedef struct TapFlags {
    bool vnet_hdr;
    bool multi_queue;
} TapFlags;

/* --------------------------------------------------------------- tap-linux.c
 */

/*
 * Opens /dev/net/tun and attaches it to the tap `ifname` (IFNAMSIZ bytes;
 * empty: a new one), whose name is stored there. want_vnet_hdr: use
 * IFF_VNET_HDR if the kernel has it; need_vnet_hdr: fail if not. The fd, or -1.
 */
int tap_open(char *ifname, bool want_vnet_hdr, bool need_vnet_hdr,
             bool multi_queue, TapFlags *flags, Error **errp);
/* Asks an open fd whether it is a tap we can use, and for its flags and name
 * (IFNAMSIZ bytes). */
bool tap_probe_fd(int fd, TapFlags *flags, char *ifname, Error **errp);
/* True while the fd is attached to a device. */
bool tap_fd_is_attached(int fd);
bool tap_set_sndbuf(int fd, const NetdevTapOptions *tap, Error **errp);
bool tap_probe_has_ufo(int fd);
bool tap_probe_has_uso(int fd);
bool tap_probe_vnet_hdr_len(int fd, int len);
bool tap_fd_set_vnet_hdr_len(int fd, int len);
int tap_fd_set_vnet_le(int fd, bool is_le);
int tap_fd_set_vnet_be(int fd, bool is_be);
/* The most of `ofl` that the kernel takes. */
void tap_fd_set_offload(int fd, const NetOffloads *ofl);
/* Attaches or detaches one queue of a multiqueue tap: 0 or negative errno. */
int tap_fd_set_queue(int fd, bool enable);

/* --------------------------------------------------------------------- tap.c
 */

/*
 * A client for one queue on fd, which it owns from now on. Reads while the VM
 * runs.
 */
NetClientState *net_tap_fd_init(NetClientState *peer, const char *model,
                                const char *name, int fd, TapFlags flags,
                                unsigned queue_index);
/* To run when the client goes; argument is the interface's name. */
void tap_set_down_script(NetClientState *nc, const char *script,
                         const char *ifname);
extern const NetClientInfo net_tap_info;

/* --------------------------------------------------------------- tap-spawn.c
 */

/* "SCRIPT IFNAME"; fails if it cannot be run or does not exit with 0. */
bool launch_script(const char *script, const char *ifname, Error **errp);
/* Runs the bridge helper, which sends us a tap of `bridge`. The fd, or -1. */
int net_bridge_run_helper(const char *helper, const char *bridge, Error **errp);
/* The helper of this build; to be freed. */
char *net_bridge_default_helper(void);

#endif
