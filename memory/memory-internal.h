/*
 * What the files of memory/ share with each other.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MEMORY_MEMORY_INTERNAL_H
#define MEMORY_MEMORY_INTERNAL_H

#include "memory/memory.h"

/* Every address space, in order of creation. */
typedef TAILQ_HEAD(AddressSpaceList, AddressSpace) AddressSpaceList;
extern AddressSpaceList address_spaces;

/* The topology below some root changed, or only its eventfds did: the end of
 * the outermost transaction looks for what is new. */
void memory_topology_changed(void);
void memory_eventfds_changed(void);

/* A new view of the tree below root. */
FlatView *flatview_render(MemoryRegion *root);
bool flatview_equal(const FlatView *a, const FlatView *b);

typedef struct RAMBlockConfig {
    const char *idstr;
    uint64_t size; /* the mapping is rounded up to whole pages */
    int fd;        /* -1: anonymous */
    uint64_t fd_offset;
    uint64_t align; /* of the host address; 0: the best there is */
    bool shared;
    bool readonly; /* mapped read-only */
    bool noreserve;
} RAMBlockConfig;
/* As ram_block_new(), with everything to choose. */
RAMBlock *ram_block_new_config(const RAMBlockConfig *config, Error **errp);
/* The page size behind fd (-1: anonymous memory). */
uint64_t ram_page_size(int fd);

/* dirty.c: a block comes to its end. */
void ram_block_dirty_free(RAMBlock *block);

#endif
