/*
 * Device properties of network cards.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_CORE_QDEV_NET_H
#define HW_CORE_QDEV_NET_H

#include "hw/core/qdev.h"
#include "net/net.h"

/*
 * "str": the id of a -netdev, into a NICPeers; takes all its queues.
 * "Property 'T.netdev' can't find value 'x'", "Property 'T.netdev' can't take
 * value 'x', it's in use".
 */
extern const PropertyInfo qdev_prop_netdev;

/*
 * "int32": place in the boot order, into an int32_t that instance_init sets to
 * -1 (none). "The bootindex 1 has already been used".
 */
extern const PropertyInfo qdev_prop_bootindex;

#define DEFINE_NIC_PROPERTIES(_state, _conf)                                  \
    DEFINE_PROP_MACADDR("mac", _state, _conf.macaddr),                        \
    DEFINE_PROP_NODEFAULT("netdev", _state, _conf.peers, qdev_prop_netdev),   \
    DEFINE_PROP_NODEFAULT("bootindex", _state, _conf.bootindex,               \
                          qdev_prop_bootindex)

#endif
