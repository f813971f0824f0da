/*
 * The device configuration space, and its generation.
 *
 * vdev->config is the space as the driver saw it last; the device type writes
 * the present one on every access. The generation advances when it is read
 * and the space has changed since: a driver that reads generation, fields and
 * generation again notices a change in between, and no number of changes can
 * bring an old value back unseen (virtio 1.4, 2.5.1).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "hw/virtio/virtio.h"
#include "util/bswap.h"

static void config_refresh(VirtIODevice *vdev)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    g_autofree uint8_t *old = NULL;

    if (vdc->get_config && vdev->config_len) {
        old = g_memdup2(vdev->config, vdev->config_len);
        vdc->get_config(vdev, vdev->config);
        if (memcmp(old, vdev->config, vdev->config_len)) {
            vdev->generation_stale = true;
        }
    }
}

static bool config_covers(const VirtIODevice *vdev, uint32_t addr,
                          unsigned size)
{
    return size <= vdev->config_len && addr <= vdev->config_len - size;
}

uint32_t virtio_config_read(VirtIODevice *vdev, uint32_t addr, unsigned size)
{
    if (!config_covers(vdev, addr, size)) {
        return UINT32_MAX >> (32 - size * 8);
    }
    config_refresh(vdev);
    return ldn_le_p(vdev->config + addr, size);
}

void virtio_config_write(VirtIODevice *vdev, uint32_t addr, uint32_t val,
                         unsigned size)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);

    if (!config_covers(vdev, addr, size)) {
        virtio_ignored(vdev, "config write of %u bytes at %u", size, addr);
        return;
    }
    if (!virtio_is_legacy(vdev) &&
        !(vdev->status & VIRTIO_CONFIG_S_FEATURES_OK)) {
        virtio_ignored(vdev, "config write at %u before FEATURES_OK", addr);
        return;
    }
    config_refresh(vdev);
    stn_le_p(vdev->config + addr, size, val);
    if (vdc->set_config) {
        vdc->set_config(vdev, vdev->config);
    }
}

uint8_t virtio_config_generation(VirtIODevice *vdev)
{
    config_refresh(vdev);
    if (vdev->generation_stale) {
        vdev->generation_stale = false;
        vdev->generation++;
    }
    return vdev->generation;
}
