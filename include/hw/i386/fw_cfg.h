/*
 * fw_cfg: named blobs that the machine hands to firmware, to a kernel loader,
 * or to a test, through ports 0x510 and 0x511 or by DMA.
 *
 * Items are added while the machine is built and do not change afterwards.
 *
 * Main loop or vCPU with the big lock.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef HW_I386_FW_CFG_H
#define HW_I386_FW_CFG_H

#include "hw/core/qdev.h"

#define TYPE_FW_CFG_IO "fw_cfg_io"
OBJECT_DECLARE_SIMPLE_TYPE(FWCfgState, FW_CFG_IO)

#define FW_CFG_IO_BASE 0x510

/* Keys (docs of the fw_cfg interface; the names are the field's). */
#define FW_CFG_SIGNATURE     0x00
#define FW_CFG_ID            0x01
#define FW_CFG_UUID          0x02
#define FW_CFG_RAM_SIZE      0x03
#define FW_CFG_NOGRAPHIC     0x04
#define FW_CFG_NB_CPUS       0x05
#define FW_CFG_BOOT_DEVICE   0x0c
#define FW_CFG_BOOT_MENU     0x0e
#define FW_CFG_MAX_CPUS      0x0f
#define FW_CFG_FILE_DIR      0x19
#define FW_CFG_FILE_FIRST    0x20
#define FW_CFG_IRQ0_OVERRIDE 0x8002

/* A fw_cfg on the system bus with its ports in io; dma reaches dma_as. */
FWCfgState *fw_cfg_init_io(Object *parent, MemoryRegion *io,
                           AddressSpace *dma_as, Error **errp);
/* Each key once. Integers are little-endian; bytes are copied. */
void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, const void *data,
                      size_t len);
void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t value);
void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t value);
void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t value);
/* The next free key, listed in the directory as `name` (below 56 bytes). */
void fw_cfg_add_file(FWCfgState *s, const char *name, const void *data,
                     size_t len);

#endif
