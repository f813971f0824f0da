/*
 * The virtio device model, common to all device types: life cycle, status
 * register, feature negotiation, reset, errors.
 *
 * Between the driver and a device type stand two things. The transport
 * (virtio-pci*.c) turns register accesses into calls of this file; it is
 * reached through VirtioBusClass for interrupts and for the address space of
 * DMA. The queues (virtio-queue.c, virtqueue.c) are owned by the device and
 * run by it.
 *
 * The status register is a state machine (virtio 1.4, 3.1):
 *
 *   0 -> ACKNOWLEDGE -> DRIVER -> FEATURES_OK -> DRIVER_OK
 *
 * Bits only add up; 0 resets. A bit whose predecessors are missing is not
 * set, FEATURES_OK is not set if the driver's choice is unacceptable, and
 * nothing but a reset takes a bit away. A driver of the legacy interface has
 * no FEATURES_OK: its features apply as it writes them.
 *
 * "Active" sums up whether queues may run: the driver is ready, the VM runs,
 * guest memory is reachable, nothing is broken. Whatever changes one of those
 * calls virtio_update_active(), which is the only place that decides.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "trace/trace-hw-virtio.h"
#include "virtqueue-internal.h"

/* ---------------------------------------------------------------- errors */

void virtio_error(VirtIODevice *vdev, const char *fmt, ...)
{
    g_autofree char *msg = NULL;
    va_list ap;

    va_start(ap, fmt);
    msg = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    vdev->errors++;
    error_report_ratelimited(&vdev->error_rl, "%s: %s", vdev->name, msg);
    if (vdev->broken) {
        return;
    }
    vdev->broken = true;
    virtio_update_active(vdev);
    if (virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1)) {
        vdev->status |= VIRTIO_CONFIG_S_NEEDS_RESET;
        virtio_notify_config(vdev);
    }
}

void virtio_ignored(VirtIODevice *vdev, const char *fmt, ...)
{
    g_autofree char *msg = NULL;
    int64_t now;
    va_list ap;

    vdev->ignored++;
    if (!(qemu_loglevel & LOG_GUEST_ERROR)) {
        return;
    }
    now = qemu_clock_get_ns(QEMU_CLOCK_REALTIME);
    if (vdev->ignored_rl.last_ns &&
        now - vdev->ignored_rl.last_ns < NANOSECONDS_PER_SECOND) {
        return;
    }
    vdev->ignored_rl.last_ns = now;
    va_start(ap, fmt);
    msg = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    qemu_log("%s: ignored: %s (%" PRIu64 " so far)", vdev->name, msg,
             vdev->ignored);
}

/* ------------------------------------------------------------ interrupts */

void virtio_isr_set(VirtIODevice *vdev, uint8_t bits)
{
    /* They stay set until the driver reads them: no atomic operation in the
     * usual case. */
    if ((qatomic_read(&vdev->isr) & bits) != bits) {
        qatomic_fetch_or(&vdev->isr, bits);
    }
}

void virtio_interrupt(VirtIODevice *vdev, uint16_t vector, uint8_t isr)
{
    vdev->bus_class->notify(vdev->parent_obj.parent_bus->parent, vector, isr);
}

void virtio_notify_config(VirtIODevice *vdev)
{
    vdev->generation_stale = true;
    if (vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) {
        virtio_interrupt(vdev, vdev->config_vector, 2);
    }
}

/* ---------------------------------------------------------------- active */

bool virtio_is_legacy(const VirtIODevice *vdev)
{
    return vdev->legacy ||
           !virtio_has_feature(&vdev->host_features, VIRTIO_F_VERSION_1);
}

bool virtio_device_active(const VirtIODevice *vdev)
{
    bool ready = vdev->use_started
                     ? vdev->started
                     : vdev->status & VIRTIO_CONFIG_S_DRIVER_OK;

    return ready && vdev->vm_running && !vdev->broken && !vdev->disabled &&
           !(vdev->status & VIRTIO_CONFIG_S_FAILED);
}

void virtio_update_active(VirtIODevice *vdev)
{
    vdev->active = virtio_device_active(vdev);
    virtio_queues_update(vdev);
}

void virtio_state_changed(VirtIODevice *vdev)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);

    virtio_update_active(vdev);
    if (vdc->set_status) {
        vdc->set_status(vdev, vdev->status);
    }
    virtio_queues_run_pending(vdev);
}

void virtio_set_disabled(VirtIODevice *vdev, bool disabled)
{
    disabled = disabled && vdev->use_disabled_flag;
    if (vdev->disabled != disabled) {
        vdev->disabled = disabled;
        virtio_queues_remap(vdev);
    }
    if (vdev->disabled_told != disabled) {
        vdev->disabled_told = disabled;
        virtio_state_changed(vdev);
    }
}

/* ---------------------------------------------------------------- status */

static void virtio_status_to_bus(VirtIODevice *vdev)
{
    VirtioBusState *bus = virtio_device_get_bus(vdev);

    if (bus && VIRTIO_BUS_GET_CLASS(bus)->status_changed) {
        VIRTIO_BUS_GET_CLASS(bus)->status_changed(bus->parent_obj.parent,
                                                  vdev->status);
    }
}

static void virtio_apply_features(VirtIODevice *vdev, VirtioFeatures acked)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);

    vdev->guest_features = acked;
    if (vdc->set_features) {
        vdc->set_features(vdev, acked);
    }
}

/* FEATURES_OK was written: is the driver's choice one we can work with? */
static bool virtio_accept_features(VirtIODevice *vdev)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtioFeatures acked = vdev->requested_features;

    if (!virtio_features_subset(acked, virtio_modern_features(vdev))) {
        virtio_ignored(vdev, "FEATURES_OK with features not offered");
        return false;
    }
    if (!virtio_has_feature(&acked, VIRTIO_F_VERSION_1)) {
        virtio_ignored(vdev, "FEATURES_OK without VIRTIO_F_VERSION_1");
        return false;
    }
    if (virtio_host_has_feature(vdev, VIRTIO_F_ACCESS_PLATFORM) &&
        !virtio_has_feature(&acked, VIRTIO_F_ACCESS_PLATFORM)) {
        virtio_ignored(vdev, "FEATURES_OK without VIRTIO_F_ACCESS_PLATFORM");
        return false;
    }
    if (vdc->validate_features && !vdc->validate_features(vdev, acked)) {
        virtio_ignored(vdev, "FEATURES_OK with a refused set of features");
        return false;
    }
    virtio_apply_features(vdev, acked);
    return true;
}

/* Which of the bits in `add` may be set now, given those set before. */
static uint8_t virtio_status_allowed(VirtIODevice *vdev, uint8_t add)
{
    static const struct {
        uint8_t bit, needs;
    } order[] = {
        { VIRTIO_CONFIG_S_ACKNOWLEDGE, 0 },
        { VIRTIO_CONFIG_S_DRIVER, VIRTIO_CONFIG_S_ACKNOWLEDGE },
        { VIRTIO_CONFIG_S_FEATURES_OK, VIRTIO_CONFIG_S_DRIVER },
        { VIRTIO_CONFIG_S_DRIVER_OK, VIRTIO_CONFIG_S_FEATURES_OK },
        { VIRTIO_CONFIG_S_FAILED, 0 },
    };
    bool legacy = virtio_is_legacy(vdev);
    uint8_t now = vdev->status, needs;
    unsigned i;

    for (i = 0; i < ARRAY_SIZE(order); i++) {
        needs = order[i].needs;
        if (legacy && order[i].bit == VIRTIO_CONFIG_S_DRIVER_OK) {
            needs = 0; /* very old drivers set this bit alone */
        }
        if (!(add & order[i].bit) || (now & needs) != needs) {
            continue;
        }
        if (order[i].bit == VIRTIO_CONFIG_S_FEATURES_OK &&
            (legacy || !virtio_accept_features(vdev))) {
            continue;
        }
        now |= order[i].bit;
    }
    return now & ~vdev->status;
}

void virtio_set_status(VirtIODevice *vdev, uint8_t val)
{
    uint8_t add, illegal, old = vdev->status;

    trace_virtio_set_status(vdev->name, val);
    if (!val) {
        virtio_reset(vdev);
        return;
    }
    add = virtio_status_allowed(vdev, val & ~old);
    /* FEATURES_OK that does not stick is an answer, not an error. */
    illegal = (old & ~val & ~VIRTIO_CONFIG_S_NEEDS_RESET) |
              (val & ~old & ~add & ~VIRTIO_CONFIG_S_FEATURES_OK);
    if (illegal) {
        virtio_ignored(vdev, "status 0x%x after 0x%x", val, old);
    }
    if (!add) {
        return;
    }
    vdev->status |= add;
    if (add & VIRTIO_CONFIG_S_DRIVER_OK) {
        vdev->started = true;
    }
    virtio_update_active(vdev);
    virtio_status_to_bus(vdev);
    virtio_state_changed(vdev);
}

/*
 * Order matters: first the queues stop, then the transport's doorbells, then
 * the device type lets go of its elements, and only then they are taken back
 * and the rings forgotten.
 */
void virtio_reset(VirtIODevice *vdev)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_GET_CLASS(vdev);
    VirtioFeatures none = { { 0, 0 } };

    vdev->status = 0;
    vdev->started = false;
    virtio_update_active(vdev);
    virtio_status_to_bus(vdev);
    if (vdc->set_status) {
        vdc->set_status(vdev, 0);
    }
    if (vdc->reset) {
        vdc->reset(vdev);
    }
    virtio_queues_reset(vdev);
    vdev->broken = false;
    vdev->legacy = false;
    vdev->requested_features = none;
    virtio_apply_features(vdev, none);
    vdev->queue_sel = 0;
    qatomic_set(&vdev->isr, 0);
    vdev->config_vector = VIRTIO_NO_VECTOR;
    vdev->generation_stale = true;
    g_ptr_array_set_size(vdev->held_ram, 0);
    virtio_update_active(vdev);
}

/* -------------------------------------------------------------- features */

VirtioFeatures virtio_modern_features(VirtIODevice *vdev)
{
    VirtioFeatures f = vdev->host_features;

    f.w[0] &= ~(uint64_t)VIRTIO_DEVICE_GET_CLASS(vdev)->legacy_features;
    return f;
}

static uint32_t features_word(VirtioFeatures f, unsigned select)
{
    return select < VIRTIO_FEATURES_BITS / 32
               ? (uint32_t)(f.w[select / 2] >> (select % 2 * 32))
               : 0;
}

uint32_t virtio_get_host_features_word(VirtIODevice *vdev, unsigned select)
{
    return features_word(virtio_modern_features(vdev), select);
}

uint32_t virtio_get_legacy_features(VirtIODevice *vdev)
{
    return features_word(vdev->host_features, 0);
}

uint32_t virtio_get_guest_features_word(VirtIODevice *vdev, unsigned select)
{
    return features_word(vdev->requested_features, select);
}

void virtio_set_guest_features_word(VirtIODevice *vdev, unsigned select,
                                    uint32_t val)
{
    unsigned shift = select % 2 * 32;
    VirtioFeatures f = vdev->requested_features;

    if (select >= VIRTIO_FEATURES_BITS / 32) {
        if (val) {
            virtio_ignored(vdev, "features 0x%x in word %u", val, select);
        }
        return;
    }
    if (vdev->status &
        (VIRTIO_CONFIG_S_FEATURES_OK | VIRTIO_CONFIG_S_DRIVER_OK)) {
        virtio_ignored(vdev, "features 0x%x in word %u: negotiation is over",
                       val, select);
        return;
    }
    f.w[select / 2] &= ~((uint64_t)UINT32_MAX << shift);
    f.w[select / 2] |= (uint64_t)val << shift;
    if (virtio_is_legacy(vdev)) {
        /* No FEATURES_OK to refuse: what is not offered is dropped. */
        f.w[0] &= vdev->host_features.w[0] & UINT32_MAX;
        f.w[1] = 0;
        vdev->requested_features = f;
        virtio_apply_features(vdev, f);
    } else {
        vdev->requested_features = f;
    }
}
