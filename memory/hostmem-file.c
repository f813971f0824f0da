/*
 * memory-backend-file: memory that is (a part of) a file, a device or
 * something on hugetlbfs.
 *
 * A file that does not exist is made and given the size; an existing one must
 * be large enough and is never resized, except an empty one. With a directory
 * a temporary file in it is used, which has no name.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "memory/hostmem-internal.h"

#define TYPE_MEMORY_BACKEND_FILE "memory-backend-file"

typedef enum RomMode { ROM_AUTO, ROM_ON, ROM_OFF, ROM_MAX } RomMode;

static const char *const rom_names[ROM_MAX] = {
    [ROM_AUTO] = "auto",
    [ROM_ON] = "on",
    [ROM_OFF] = "off",
};
static const QEnumLookup rom_lookup = {rom_names, ROM_MAX};

typedef struct FileBackend {
    HostMemoryBackend parent_obj;
    char *mem_path;
    uint64_t align;
    uint64_t offset;
    bool discard_data;
    bool pmem;
    bool readonly;
    RomMode rom;
} FileBackend;

DECLARE_INSTANCE_CHECKER(FileBackend, FILE_BACKEND, TYPE_MEMORY_BACKEND_FILE)

/* ------------------------------------------------------------------ file */

static int open_in_directory(const FileBackend *f, const char *id)
{
    g_autofree char *name =
        g_strdup_printf("%s/qemu_back_mem.%s.XXXXXX", f->mem_path, id);
    int fd;

    g_strdelimit(name + strlen(f->mem_path) + 1, "/", '_');
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) {
        unlink(name);
    }
    return fd;
}

/* *created: it was not there before. */
static int open_file(const FileBackend *f, const char *id, bool *created,
                     Error **errp)
{
    int flags = O_CLOEXEC | (f->readonly ? O_RDONLY : O_RDWR);
    int fd;

    *created = false;
    fd = open(f->mem_path, flags);
    if (fd < 0 && errno == ENOENT && !f->readonly) {
        fd = open(f->mem_path, flags | O_CREAT | O_EXCL, 0644);
        *created = fd >= 0;
    } else if (fd < 0 && errno == EISDIR) {
        fd = open_in_directory(f, id);
    }
    if (fd < 0) {
        error_setg_errno(errp, errno,
                         "can't open backing store %s for guest RAM",
                         f->mem_path);
    }
    return fd;
}

/* Gives an empty file its size. */
static bool grow_empty(const FileBackend *f, int fd, uint64_t size,
                       Error **errp)
{
    bool fits = size <= INT64_MAX && f->offset <= INT64_MAX - size;
    struct stat st;

    if (f->readonly || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
        st.st_size > 0) {
        return true;
    }
    if (!fits || ftruncate(fd, f->offset + size) < 0) {
        error_setg_errno(errp, fits ? errno : EFBIG,
                         "cannot resize backing store %s for guest RAM",
                         f->mem_path);
        return false;
    }
    return true;
}

static bool check_layout(const FileBackend *f, int fd, uint64_t size,
                         Error **errp)
{
    uint64_t page = ram_page_size(fd);

    if (f->align % page) {
        error_setg(errp,
                   "alignment 0x%" PRIx64
                   " must be multiples of page size 0x%" PRIx64,
                   f->align, page);
        return false;
    }
    if (f->align && !is_power_of_2(f->align)) {
        error_setg(errp, "alignment 0x%" PRIx64 " must be a power of two",
                   f->align);
        return false;
    }
    if (size % page) {
        error_setg(errp,
                   "backend '%s' memory size must be multiple of %" PRIu64
                   " KiB",
                   TYPE_MEMORY_BACKEND_FILE, page / KiB);
        return false;
    }
    return true;
}

static bool check_properties(const FileBackend *f, bool share, Error **errp)
{
    if (!f->mem_path) {
        error_setg(errp, "Parameter 'mem-path' is missing");
        return false;
    }
    if (f->pmem) {
        error_setg(errp,
                   "Lack of libpmem support while setting the 'pmem=on' of "
                   "%s. We can't ensure data persistence.",
                   TYPE_MEMORY_BACKEND_FILE);
        return false;
    }
    if (f->rom == ROM_ON && !f->readonly) {
        error_setg(errp, "property 'rom' = 'on' is not supported with "
                         "'readonly' = 'off'");
        return false;
    }
    if (f->rom == ROM_OFF && f->readonly && share) {
        error_setg(errp, "property 'rom' = 'off' is incompatible with "
                         "'readonly' = 'on' and 'share' = 'on'");
        return false;
    }
    return true;
}

static RAMBlock *file_backend_alloc(HostMemoryBackend *backend,
                                    RAMBlockConfig *config, Error **errp)
{
    FileBackend *f = FILE_BACKEND(backend);
    RAMBlock *block = NULL;
    bool created;

    if (!check_properties(f, config->shared, errp)) {
        return NULL;
    }
    config->fd = open_file(f, config->idstr, &created, errp);
    if (config->fd < 0) {
        return NULL;
    }
    config->align = f->align;
    config->fd_offset = f->offset;
    config->readonly = f->readonly && f->rom != ROM_OFF;
    if (check_layout(f, config->fd, config->size, errp) &&
        grow_empty(f, config->fd, config->size, errp)) {
        block = ram_block_new_config(config, errp);
    } else {
        close(config->fd);
    }
    if (!block && created) {
        unlink(f->mem_path);
    }
    if (block) {
        f->rom = config->readonly ? ROM_ON : ROM_OFF;
    }
    return block;
}

/* ------------------------------------------------------------ properties */

static bool early(Object *obj, const char *name, Error **errp)
{
    return host_memory_backend_check_early(MEMORY_BACKEND(obj), name, errp);
}

static char *get_mem_path(Object *obj, Error **errp)
{
    const char *path = FILE_BACKEND(obj)->mem_path;

    return g_strdup(path ? path : "");
}

static void set_mem_path(Object *obj, const char *value, Error **errp)
{
    FileBackend *f = FILE_BACKEND(obj);

    if (early(obj, "mem-path", errp)) {
        g_free(f->mem_path);
        f->mem_path = g_strdup(value);
    }
}

/* align and offset; opaque is the field's offset in FileBackend. */
static bool get_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    uint64_t *field = (void *)((char *)FILE_BACKEND(obj) + (uintptr_t)opaque);

    return visit_type_size(v, name, field, errp);
}

static bool set_number(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    uint64_t *field = (void *)((char *)FILE_BACKEND(obj) + (uintptr_t)opaque);
    uint64_t value;

    if (!early(obj, name, errp) || !visit_type_size(v, name, &value, errp)) {
        return false;
    }
    *field = value;
    return true;
}

static bool get_discard_data(Object *obj, Error **errp)
{
    return FILE_BACKEND(obj)->discard_data;
}

static void set_discard_data(Object *obj, bool value, Error **errp)
{
    FILE_BACKEND(obj)->discard_data = value;
}

static bool get_pmem(Object *obj, Error **errp)
{
    return FILE_BACKEND(obj)->pmem;
}

static void set_pmem(Object *obj, bool value, Error **errp)
{
    if (early(obj, "pmem", errp)) {
        FILE_BACKEND(obj)->pmem = value;
    }
}

static bool get_readonly(Object *obj, Error **errp)
{
    return FILE_BACKEND(obj)->readonly;
}

static void set_readonly(Object *obj, bool value, Error **errp)
{
    if (early(obj, "readonly", errp)) {
        FILE_BACKEND(obj)->readonly = value;
    }
}

static int get_rom(Object *obj, Error **errp)
{
    return FILE_BACKEND(obj)->rom;
}

static void set_rom(Object *obj, int value, Error **errp)
{
    if (early(obj, "rom", errp)) {
        FILE_BACKEND(obj)->rom = value;
    }
}

/* ------------------------------------------------------------------ type */

static void file_backend_finalize(Object *obj)
{
    FileBackend *f = FILE_BACKEND(obj);
    RAMBlock *block = MEMORY_BACKEND(obj)->block;

    /* Nobody wants the contents any more: spare the host writing them back. */
    if (f->discard_data && block) {
        madvise(block->host, block->size, MADV_REMOVE);
    }
    g_free(f->mem_path);
}

static void file_backend_class_init(ObjectClass *oc, const void *data)
{
    ObjectProperty *p;

    MEMORY_BACKEND_CLASS(oc)->alloc = file_backend_alloc;

    object_class_property_add_bool(oc, "discard-data", get_discard_data,
                                   set_discard_data);
    object_class_property_add_str(oc, "mem-path", get_mem_path, set_mem_path);
    object_class_property_add(oc, "align", "int", get_number, set_number, NULL,
                              (void *)offsetof(FileBackend, align));
    p = object_class_property_add(oc, "offset", "int", get_number, set_number,
                                  NULL, (void *)offsetof(FileBackend, offset));
    object_property_set_description(p, "Offset into the target file (ex: 1G)");
    object_class_property_add_bool(oc, "pmem", get_pmem, set_pmem);
    object_class_property_add_bool(oc, "readonly", get_readonly, set_readonly);
    p = object_class_property_add_enum(oc, "rom", "OnOffAuto", &rom_lookup,
                                       get_rom, set_rom);
    object_property_set_description(p,
                                    "Whether to create Read Only Memory (ROM)");
}

static const TypeInfo file_backend_types[] = {
    {
        .name = TYPE_MEMORY_BACKEND_FILE,
        .parent = TYPE_MEMORY_BACKEND,
        .instance_size = sizeof(FileBackend),
        .instance_finalize = file_backend_finalize,
        .class_init = file_backend_class_init,
    },
};

DEFINE_TYPES(file_backend_types)
