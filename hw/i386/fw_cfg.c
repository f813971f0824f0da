/*
 * fw_cfg: see fw_cfg.h.
 *
 * A 16-bit write to port 0x510 selects an item and rewinds it; each byte read
 * from 0x511 is its next one, zero past the end and for unknown items. The DMA
 * interface takes the address of a request in guest memory, most significant
 * byte first, and copies whole blocks; a request is read once, and what it
 * asks for is bounded by its 32-bit length. Items are read-only.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/i386/fw_cfg.h"
#include "trace/trace-hw-i386.h"
#include "util/bswap.h"

#define FW_CFG_DMA_OFFSET    4
#define FW_CFG_DMA_SIZE      8
#define FW_CFG_DMA_SIGNATURE UINT64_C(0x51454d5520434647) /* "QEMU CFG" */
#define FW_CFG_DMA_CHUNK     4096

#define FW_CFG_VERSION     (1u << 0)
#define FW_CFG_VERSION_DMA (1u << 1)

#define FW_CFG_DMA_CTL_ERROR  (1u << 0)
#define FW_CFG_DMA_CTL_READ   (1u << 1)
#define FW_CFG_DMA_CTL_SKIP   (1u << 2)
#define FW_CFG_DMA_CTL_SELECT (1u << 3)
#define FW_CFG_DMA_CTL_WRITE  (1u << 4)

#define FW_CFG_FILE_SLOTS    32
#define FW_CFG_MAX_FILE_PATH 56

typedef struct FWCfgEntry {
    uint8_t *data;
    size_t len;
} FWCfgEntry;

/* One line of the directory, as the guest reads it. */
typedef struct QEMU_PACKED FWCfgFile {
    uint32_t size;   /* big-endian */
    uint16_t select; /* big-endian */
    uint16_t reserved;
    char name[FW_CFG_MAX_FILE_PATH];
} FWCfgFile;

struct FWCfgState {
    DeviceState qdev;
    MemoryRegion *io_memory;
    AddressSpace *dma_as;
    MemoryRegion ctl;
    MemoryRegion dma;
    bool dma_enabled;    /* property */
    GHashTable *entries; /* key -> FWCfgEntry */
    unsigned nr_files;
    uint16_t key; /* selected */
    size_t offset;
    uint32_t dma_addr_high;
};

/* ----------------------------------------------------------------- items */

static void fw_cfg_entry_free(void *opaque)
{
    FWCfgEntry *e = opaque;

    g_free(e->data);
    g_free(e);
}

static FWCfgEntry *fw_cfg_find(FWCfgState *s, uint16_t key)
{
    return g_hash_table_lookup(s->entries, GUINT_TO_POINTER(key));
}

void fw_cfg_add_bytes(FWCfgState *s, uint16_t key, const void *data, size_t len)
{
    FWCfgEntry *e = g_new0(FWCfgEntry, 1);

    g_assert(!fw_cfg_find(s, key));
    e->data = g_malloc(len);
    memcpy(e->data, data, len);
    e->len = len;
    g_hash_table_insert(s->entries, GUINT_TO_POINTER(key), e);
}

void fw_cfg_add_i16(FWCfgState *s, uint16_t key, uint16_t value)
{
    value = cpu_to_le16(value);
    fw_cfg_add_bytes(s, key, &value, sizeof(value));
}

void fw_cfg_add_i32(FWCfgState *s, uint16_t key, uint32_t value)
{
    value = cpu_to_le32(value);
    fw_cfg_add_bytes(s, key, &value, sizeof(value));
}

void fw_cfg_add_i64(FWCfgState *s, uint16_t key, uint64_t value)
{
    value = cpu_to_le64(value);
    fw_cfg_add_bytes(s, key, &value, sizeof(value));
}

void fw_cfg_add_file(FWCfgState *s, const char *name, const void *data,
                     size_t len)
{
    FWCfgEntry *dir = fw_cfg_find(s, FW_CFG_FILE_DIR);
    uint16_t key = FW_CFG_FILE_FIRST + s->nr_files;
    FWCfgFile file = {
        .size = cpu_to_be32(len),
        .select = cpu_to_be16(key),
    };

    g_assert(s->nr_files < FW_CFG_FILE_SLOTS);
    g_assert(strlen(name) < sizeof(file.name));
    strcpy(file.name, name);
    fw_cfg_add_bytes(s, key, data, len);
    s->nr_files++;
    dir->data = g_realloc(dir->data, dir->len + sizeof(file));
    memcpy(dir->data + dir->len, &file, sizeof(file));
    dir->len += sizeof(file);
    stl_be_p(dir->data, s->nr_files);
}

/* ----------------------------------------------------------------- ports */

static void fw_cfg_select(FWCfgState *s, uint16_t key)
{
    trace_fw_cfg_select(key, fw_cfg_find(s, key) != NULL);
    s->key = key;
    s->offset = 0;
}

/* Copies up to len bytes from the cursor; what is missing is zero. */
static void fw_cfg_take(FWCfgState *s, uint8_t *buf, size_t len)
{
    FWCfgEntry *e = fw_cfg_find(s, s->key);
    size_t left = e && s->offset < e->len ? e->len - s->offset : 0;
    size_t n = MIN(left, len);

    memset(buf, 0, len);
    if (n) {
        memcpy(buf, e->data + s->offset, n);
        s->offset += n;
    }
}

static uint64_t fw_cfg_ctl_read(void *opaque, hwaddr addr, unsigned size)
{
    uint8_t byte = 0;

    if (addr == 1) {
        fw_cfg_take(opaque, &byte, 1);
    }
    return byte;
}

static void fw_cfg_ctl_write(void *opaque, hwaddr addr, uint64_t data,
                             unsigned size)
{
    if (size == 2) {
        fw_cfg_select(opaque, data);
    }
}

static const MemoryRegionOps fw_cfg_ctl_ops = {
    .read = fw_cfg_ctl_read,
    .write = fw_cfg_ctl_write,
    .valid = {.min_access_size = 1, .max_access_size = 2},
};

/* ------------------------------------------------------------------- DMA */

/* False if guest memory could not take it all. */
static bool fw_cfg_dma_read(FWCfgState *s, uint64_t addr, uint32_t len)
{
    uint8_t buf[FW_CFG_DMA_CHUNK];

    while (len) {
        uint32_t n = MIN(len, sizeof(buf));

        fw_cfg_take(s, buf, n);
        if (address_space_write(s->dma_as, addr, buf, n) != MEMTX_OK) {
            return false;
        }
        addr += n;
        len -= n;
    }
    return true;
}

static void fw_cfg_dma_transfer(FWCfgState *s, uint64_t request_addr)
{
    uint8_t request[16];
    uint8_t result[4];
    uint32_t control, length;
    uint64_t addr;
    bool ok = true;

    if (address_space_read(s->dma_as, request_addr, request, sizeof(request)) !=
        MEMTX_OK) {
        return; /* nowhere to report it */
    }
    control = ldl_be_p(request);
    length = ldl_be_p(request + 4);
    addr = ldq_be_p(request + 8);
    trace_fw_cfg_dma(s->key, control, length, addr);
    if (control & FW_CFG_DMA_CTL_SELECT) {
        fw_cfg_select(s, control >> 16);
    }
    if (control & FW_CFG_DMA_CTL_READ) {
        ok = fw_cfg_dma_read(s, addr, length);
    } else if (control & FW_CFG_DMA_CTL_WRITE) {
        ok = false; /* all items are read-only */
    } else if (control & FW_CFG_DMA_CTL_SKIP) {
        FWCfgEntry *e = fw_cfg_find(s, s->key);

        s->offset = e ? MIN(e->len, s->offset + length) : 0;
    }
    stl_be_p(result, ok ? 0 : FW_CFG_DMA_CTL_ERROR);
    address_space_write(s->dma_as, request_addr, result, sizeof(result));
}

static uint64_t fw_cfg_dma_mem_read(void *opaque, hwaddr addr, unsigned size)
{
    uint8_t signature[FW_CFG_DMA_SIZE];

    stq_be_p(signature, FW_CFG_DMA_SIGNATURE);
    return ldn_le_p(signature + addr, size);
}

/* The request's address is big-endian; its low half starts the transfer. */
static void fw_cfg_dma_mem_write(void *opaque, hwaddr addr, uint64_t data,
                                 unsigned size)
{
    FWCfgState *s = opaque;
    uint64_t high = s->dma_addr_high;
    uint32_t value = GUINT32_SWAP_LE_BE((uint32_t)data);

    if (addr == 0) {
        s->dma_addr_high = value;
    } else {
        s->dma_addr_high = 0;
        fw_cfg_dma_transfer(s, high << 32 | value);
    }
}

static const MemoryRegionOps fw_cfg_dma_ops = {
    .read = fw_cfg_dma_mem_read,
    .write = fw_cfg_dma_mem_write,
    .valid = {.min_access_size = 4, .max_access_size = 8},
    .impl = {.min_access_size = 4, .max_access_size = 4},
};

/* ---------------------------------------------------------------- device */

static void fw_cfg_reset(DeviceState *qdev)
{
    FWCfgState *s = FW_CFG_IO(qdev);

    fw_cfg_select(s, FW_CFG_SIGNATURE);
    s->dma_addr_high = 0;
}

static void fw_cfg_realize(DeviceState *qdev, Error **errp)
{
    FWCfgState *s = FW_CFG_IO(qdev);
    uint32_t no_files = 0;

    memory_region_init_io(&s->ctl, OBJECT(s), &fw_cfg_ctl_ops, s, "fwcfg", 2);
    memory_region_add_subregion(s->io_memory, FW_CFG_IO_BASE, &s->ctl);
    if (s->dma_enabled) {
        memory_region_init_io(&s->dma, OBJECT(s), &fw_cfg_dma_ops, s,
                              "fwcfg.dma", FW_CFG_DMA_SIZE);
        memory_region_add_subregion(
            s->io_memory, FW_CFG_IO_BASE + FW_CFG_DMA_OFFSET, &s->dma);
    }
    fw_cfg_add_bytes(s, FW_CFG_SIGNATURE, "QEMU", 4);
    fw_cfg_add_i32(s, FW_CFG_ID,
                   FW_CFG_VERSION | (s->dma_enabled ? FW_CFG_VERSION_DMA : 0));
    fw_cfg_add_bytes(s, FW_CFG_FILE_DIR, &no_files, sizeof(no_files));
}

static void fw_cfg_unrealize(DeviceState *qdev)
{
    FWCfgState *s = FW_CFG_IO(qdev);

    memory_region_destroy(&s->ctl);
    memory_region_destroy(&s->dma);
    g_hash_table_remove_all(s->entries);
    s->nr_files = 0;
}

static void fw_cfg_instance_init(Object *obj)
{
    FW_CFG_IO(obj)->entries =
        g_hash_table_new_full(NULL, NULL, NULL, fw_cfg_entry_free);
}

static void fw_cfg_instance_finalize(Object *obj)
{
    g_hash_table_unref(FW_CFG_IO(obj)->entries);
}

FWCfgState *fw_cfg_init_io(Object *parent, MemoryRegion *io,
                           AddressSpace *dma_as, Error **errp)
{
    FWCfgState *s = FW_CFG_IO(qdev_new(TYPE_FW_CFG_IO));

    s->io_memory = io;
    s->dma_as = dma_as;
    object_property_add_child(parent, "fw_cfg", OBJECT(s));
    return qdev_realize_and_unref(&s->qdev, sysbus_get_default(), errp) ? s
                                                                        : NULL;
}

static const Property fw_cfg_props[] = {
    DEFINE_PROP_BOOL("dma_enabled", FWCfgState, dma_enabled, true),
};

static void fw_cfg_class_init(ObjectClass *klass, const void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);

    dc->realize = fw_cfg_realize;
    dc->unrealize = fw_cfg_unrealize;
    dc->reset = fw_cfg_reset;
    dc->user_creatable = false; /* the board fills it */
    dc->categories = 1ul << DEVICE_CATEGORY_MISC;
    device_class_set_props(dc, fw_cfg_props);
}

static const TypeInfo fw_cfg_types[] = {
    {
        .name = TYPE_FW_CFG_IO,
        .parent = TYPE_SYS_BUS_DEVICE,
        .instance_size = sizeof(FWCfgState),
        .instance_init = fw_cfg_instance_init,
        .instance_finalize = fw_cfg_instance_finalize,
        .class_init = fw_cfg_class_init,
    },
};
DEFINE_TYPES(fw_cfg_types)
