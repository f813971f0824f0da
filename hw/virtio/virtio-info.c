/*
 * Looking at virtio devices from the monitor: "info virtio",
 * "info virtio-status", "info virtio-queue-status".
 *
 * Positions and counters belong to the loop that serves the queue; what is
 * shown of a running queue may be a moment old.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include "virtqueue-internal.h"

static void info_line(VirtIODevice *vdev, void *opaque)
{
    g_string_append_printf(opaque, "%s [%s]\n",
                           vdev->parent_obj.canonical_path, vdev->name);
}

char *virtio_info_text(void)
{
    GString *out = g_string_new(NULL);

    virtio_foreach_device(info_line, out);
    if (!out->len) {
        g_string_append(out, "No VirtIO devices\n");
    }
    return g_string_free(out, FALSE);
}

typedef struct FindWalk {
    const char *path;
    VirtIODevice *found;
} FindWalk;

static void find_entry(VirtIODevice *vdev, void *opaque)
{
    FindWalk *w = opaque;

    if (!g_strcmp0(vdev->parent_obj.canonical_path, w->path)) {
        w->found = vdev;
    }
}

VirtIODevice *virtio_device_find(const char *path, Error **errp)
{
    FindWalk w = { .path = path };

    virtio_foreach_device(find_entry, &w);
    if (!w.found) {
        error_setg(errp, "Path %s is not a realized VirtIODevice", path);
    }
    return w.found;
}

/* ---------------------------------------------------------------- status */

static void put_bool(GString *out, const char *name, bool value)
{
    g_string_append_printf(out, "  %-24s %s\n", name,
                           value ? "true" : "false");
}

static void put_features(GString *out, const char *name, VirtioFeatures f)
{
    g_string_append_printf(out, "  %-24s 0x%016" PRIx64 "%016" PRIx64 "\n",
                           name, f.w[1], f.w[0]);
}

static void put_status(GString *out, uint8_t status)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } names[] = {
        { VIRTIO_CONFIG_S_ACKNOWLEDGE, "ACKNOWLEDGE" },
        { VIRTIO_CONFIG_S_DRIVER, "DRIVER" },
        { VIRTIO_CONFIG_S_FEATURES_OK, "FEATURES_OK" },
        { VIRTIO_CONFIG_S_DRIVER_OK, "DRIVER_OK" },
        { VIRTIO_CONFIG_S_NEEDS_RESET, "NEEDS_RESET" },
        { VIRTIO_CONFIG_S_FAILED, "FAILED" },
    };
    unsigned i;

    g_string_append_printf(out, "  %-24s 0x%02x", "status:", status);
    for (i = 0; i < ARRAY_SIZE(names); i++) {
        if (status & names[i].bit) {
            g_string_append_printf(out, " %s", names[i].name);
        }
    }
    g_string_append_c(out, '\n');
}

char *virtio_status_text(VirtIODevice *vdev)
{
    GString *out = g_string_new(NULL);

    g_string_append_printf(out, "%s:\n", vdev->parent_obj.canonical_path);
    g_string_append_printf(out, "  %-24s %s\n", "device_name:", vdev->name);
    g_string_append_printf(out, "  %-24s %u\n", "device_id:",
                           vdev->device_id);
    put_bool(out, "broken:", vdev->broken);
    put_bool(out, "disabled:", vdev->disabled);
    put_bool(out, "disable_legacy_check:", vdev->disable_legacy_check);
    put_bool(out, "started:", vdev->started);
    put_bool(out, "use_started:", vdev->use_started);
    put_bool(out, "start_on_kick:", vdev->start_on_kick);
    put_bool(out, "vm_running:", vdev->vm_running);
    put_bool(out, "active:", vdev->active);
    put_bool(out, "legacy:", virtio_is_legacy(vdev));
    g_string_append_printf(out, "  %-24s %u\n", "num_vqs:", vdev->nr_queues);
    g_string_append_printf(out, "  %-24s %u\n", "queue_sel:",
                           vdev->queue_sel);
    g_string_append_printf(out, "  %-24s %u\n", "isr:", vdev->isr);
    g_string_append_printf(out, "  %-24s little\n", "endianness:");
    put_status(out, vdev->status);
    put_features(out, "guest features:", vdev->guest_features);
    put_features(out, "host features:", vdev->host_features);
    g_string_append_printf(out, "  %-24s %" PRIu64 "\n", "guest errors:",
                           vdev->errors);
    g_string_append_printf(out, "  %-24s %" PRIu64 "\n",
                           "ignored writes:", vdev->ignored);
    return g_string_free(out, FALSE);
}

/* ---------------------------------------------------------------- queues */

static VirtQueue *queue_find(VirtIODevice *vdev, unsigned n, Error **errp)
{
    VirtQueue *vq = virtio_get_queue(vdev, n);

    if (!vq) {
        error_setg(errp, "Invalid virtqueue number %u", n);
    }
    return vq;
}

static void put_counter(GString *out, const char *name, uint64_t value)
{
    g_string_append_printf(out, "  %-22s %" PRIu64 "\n", name, value);
}

char *virtio_queue_status_text(VirtIODevice *vdev, unsigned n, Error **errp)
{
    VirtQueue *vq = queue_find(vdev, n, errp);
    GString *out;
    VirtQueuePos pos;

    if (!vq) {
        return NULL;
    }
    pos = vq->ops->position(vq);
    out = g_string_new(NULL);
    g_string_append_printf(out, "%s:\n", vdev->parent_obj.canonical_path);
    g_string_append_printf(out, "  %-22s %s\n", "device_name:", vdev->name);
    put_counter(out, "queue_index:", n);
    put_counter(out, "inuse:", vq->inuse);
    put_counter(out, "used_idx:", pos.used_idx);
    put_counter(out, "signalled_used:", pos.signalled_used);
    put_counter(out, "last_avail_idx:", pos.last_avail_idx);
    put_counter(out, "shadow_avail_idx:", pos.shadow_avail_idx);
    g_string_append_printf(
        out,
        "  VRing (%s, %s):\n"
        "    num:          %u\n"
        "    num_default:  %u\n"
        "    desc:         0x%016" PRIx64 "\n"
        "    avail:        0x%016" PRIx64 "\n"
        "    used:         0x%016" PRIx64 "\n",
        vq->ops->name,
        vq->running   ? "running"
        : vq->enabled ? "enabled"
                      : "disabled",
        virtio_queue_get_num(vdev, n), vq->num_max, vq->desc, vq->avail,
        vq->used);
    put_counter(out, "kicks:", vq->stats.kicks);
    put_counter(out, "popped:", vq->stats.popped);
    put_counter(out, "pushed:", vq->stats.pushed);
    put_counter(out, "batches:", vq->stats.batches);
    put_counter(out, "interrupts:", vq->stats.interrupts);
    put_counter(out, "interrupts suppressed:",
                vq->stats.interrupts_suppressed);
    return g_string_free(out, FALSE);
}
