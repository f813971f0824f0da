/*
 * Option ROMs: romfile, romsize and rombar.
 *
 * No device has a ROM by default: there is no firmware that would run one. A
 * romfile is read into a ROM BAR of the next power of two, or of romsize.
 * rombar=0 leaves the BAR out.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "hw/pci/pci-internal.h"

/* Smallest ROM BAR: the enable bit and reserved bits take 2 KiB. */
#define PCI_ROM_MIN_SIZE 2048

/* Its size, or -1 with *errp. */
static int64_t pci_rom_check_file(const PCIDevice *dev, int fd, Error **errp)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0) {
        error_setg(errp, "failed to find romfile \"%s\"", dev->romfile);
        return -1;
    }
    if (S_ISDIR(st.st_mode) || st.st_size > 2 * GiB) {
        error_setg(errp, "romfile \"%s\" too large (size cannot exceed 2 GiB)",
                   dev->romfile);
        return -1;
    }
    if (st.st_size == 0) {
        error_setg(errp, "romfile \"%s\" is empty", dev->romfile);
        return -1;
    }
    if (dev->romsize != UINT32_MAX && st.st_size > dev->romsize) {
        error_setg(errp,
                   "romfile \"%s\" (%" PRIu32 " bytes) is too large "
                   "for ROM size %" PRIu32,
                   dev->romfile, (uint32_t)st.st_size, dev->romsize);
        return -1;
    }
    return st.st_size;
}

static bool pci_rom_load(PCIDevice *dev, int fd, int64_t size, Error **errp)
{
    uint8_t *host = memory_region_get_ram_ptr(&dev->rom);

    while (size > 0) {
        ssize_t n = read(fd, host, size);

        if (n <= 0) {
            error_setg_errno(errp, n < 0 ? errno : EIO,
                             "failed to load romfile \"%s\"", dev->romfile);
            return false;
        }
        host += n;
        size -= n;
    }
    return true;
}

bool pci_rom_init(PCIDevice *dev, Error **errp)
{
    g_autofree char *name = NULL;
    int64_t size;
    bool ok;
    int fd;

    if (!dev->romfile || !*dev->romfile || dev->rombar == 0) {
        return true;
    }
    fd = open(dev->romfile, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size = pci_rom_check_file(dev, fd, errp);
    ok = size > 0;
    if (ok && dev->romsize == UINT32_MAX) {
        dev->romsize = PCI_ROM_MIN_SIZE;
        while (dev->romsize < size) {
            dev->romsize *= 2;
        }
    }
    name = g_strdup_printf("%s.rom", dev->name);
    dev->has_rom = ok;
    ok =
        ok && memory_region_init_rom(&dev->rom, OBJECT(dev), name,
                                     MAX(dev->romsize, PCI_ROM_MIN_SIZE), errp);
    ok = ok && pci_rom_load(dev, fd, size, errp);
    if (fd >= 0) {
        close(fd);
    }
    if (ok) {
        pci_register_bar(dev, PCI_ROM_SLOT, 0, &dev->rom);
    } else {
        pci_rom_exit(dev);
    }
    return ok;
}

void pci_rom_exit(PCIDevice *dev)
{
    if (dev->has_rom) {
        memory_region_destroy(&dev->rom);
        dev->has_rom = false;
    }
}
