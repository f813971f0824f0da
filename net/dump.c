/*
 * filter-dump: writes the packets of a netdev to a file that tcpdump, tshark
 * and wireshark read (pcap, version 2.4, microseconds, Ethernet).
 *
 * Packets appear as their sender sent them, without vnet header: a checksum
 * that was left to the other side is not filled in yet, and a packet may be
 * larger than the MTU.
 *
 * A write that fails ends the dump, with one message; traffic goes on.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "util/osdep.h"

#include <fcntl.h>

#include "net/filter.h"
#include "net/queue.h"
#include "util/iov.h"

#define TYPE_FILTER_DUMP "filter-dump"
OBJECT_DECLARE_SIMPLE_TYPE(NetFilterDumpState, FILTER_DUMP)

#define PCAP_MAGIC 0xa1b2c3d4
#define PCAP_LINKTYPE_ETHERNET 1
#define DEFAULT_MAXLEN 65536
#define DUMP_IOV 64

struct NetFilterDumpState {
    NetFilterState parent;
    char *file;
    uint32_t maxlen;
    int fd; /* -1: not open, or given up */
};

struct pcap_file_header {
    uint32_t magic;
    uint16_t version_major, version_minor;
    int32_t thiszone;
    uint32_t sigfigs;
    uint32_t snaplen;
    uint32_t linktype;
};

struct pcap_record_header {
    uint32_t sec, usec;
    uint32_t caplen; /* bytes in the file */
    uint32_t len;    /* bytes of the packet */
};

/* Whole or not at all; a file that cannot be written to is closed. */
static void dump_write(NetFilterDumpState *s, const struct iovec *iov, int cnt)
{
    size_t size = iov_size(iov, cnt);
    ssize_t ret;

    do {
        ret = writev(s->fd, iov, cnt);
    } while (ret < 0 && errno == EINTR);
    if (ret < 0 || (size_t)ret != size) {
        error_report("network dump to '%s' ends: %s", s->file,
                     ret < 0 ? g_strerror(errno) : "file is full");
        close(s->fd);
        s->fd = -1;
    }
}

static ssize_t filter_dump_receive_iov(NetFilterState *nf,
                                       NetClientState *sender, unsigned flags,
                                       const struct iovec *iov, int iovcnt,
                                       NetPacketSent *sent_cb)
{
    NetFilterDumpState *s = FILTER_DUMP(nf);
    size_t skip = !sender || (flags & QEMU_NET_PACKET_FLAG_RAW)
                      ? 0 : sender->vnet_hdr_len;
    size_t size = iov_size(iov, iovcnt);
    g_autofree uint8_t *flat = NULL;
    struct pcap_record_header rec;
    struct iovec out[DUMP_IOV];
    int64_t now = g_get_real_time();
    int cnt = 1;

    if (s->fd < 0 || size < skip) {
        return 0;
    }
    rec.sec = now / G_USEC_PER_SEC;
    rec.usec = now % G_USEC_PER_SEC;
    rec.len = size - skip;
    rec.caplen = MIN(rec.len, s->maxlen);
    out[0].iov_base = &rec;
    out[0].iov_len = sizeof(rec);
    if (iovcnt < DUMP_IOV) {
        cnt += iov_copy(out + 1, DUMP_IOV - 1, iov, iovcnt, skip, rec.caplen);
    } else {
        flat = g_malloc(rec.caplen);
        iov_to_buf(iov, iovcnt, skip, flat, rec.caplen);
        out[cnt].iov_base = flat;
        out[cnt++].iov_len = rec.caplen;
    }
    dump_write(s, out, cnt);
    return 0;
}

static void filter_dump_setup(NetFilterState *nf, Error **errp)
{
    NetFilterDumpState *s = FILTER_DUMP(nf);
    struct pcap_file_header hdr = {
        .magic = PCAP_MAGIC,
        .version_major = 2,
        .version_minor = 4,
        .snaplen = s->maxlen,
        .linktype = PCAP_LINKTYPE_ETHERNET,
    };

    if (!s->file) {
        error_setg(errp, "Parameter 'file' is missing");
        return;
    }
    s->fd = open(s->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (s->fd < 0) {
        error_setg_errno(errp, errno, "Could not open '%s'", s->file);
        return;
    }
    if (write(s->fd, &hdr, sizeof(hdr)) != sizeof(hdr)) {
        error_setg_errno(errp, errno, "Could not write to '%s'", s->file);
        close(s->fd);
        s->fd = -1;
    }
}

static void filter_dump_cleanup(NetFilterState *nf)
{
    NetFilterDumpState *s = FILTER_DUMP(nf);

    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
}

static char *filter_dump_get_file(Object *obj, Error **errp)
{
    return g_strdup(FILTER_DUMP(obj)->file);
}

static void filter_dump_set_file(Object *obj, const char *value, Error **errp)
{
    NetFilterDumpState *s = FILTER_DUMP(obj);

    if (s->fd >= 0) {
        error_setg(errp, "Property 'file' of a dump in progress can't be "
                   "changed");
        return;
    }
    g_free(s->file);
    s->file = g_strdup(value);
}

static bool filter_dump_get_maxlen(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    return visit_type_uint32(v, name, &FILTER_DUMP(obj)->maxlen, errp);
}

static bool filter_dump_set_maxlen(Object *obj, Visitor *v, const char *name,
                                   void *opaque, Error **errp)
{
    uint32_t value;

    if (!visit_type_uint32(v, name, &value, errp)) {
        return false;
    }
    if (value == 0) {
        error_setg(errp, "Property '%s.%s' doesn't take value '%u'",
                   object_get_typename(obj), name, value);
        return false;
    }
    FILTER_DUMP(obj)->maxlen = value;
    return true;
}

static void filter_dump_init(Object *obj)
{
    NetFilterDumpState *s = FILTER_DUMP(obj);

    s->fd = -1;
    s->maxlen = DEFAULT_MAXLEN;
}

static void filter_dump_finalize(Object *obj)
{
    /* The file itself is the business of cleanup. */
    g_free(FILTER_DUMP(obj)->file);
    FILTER_DUMP(obj)->file = NULL;
}

static void filter_dump_class_init(ObjectClass *klass, const void *data)
{
    NetFilterClass *nfc = NETFILTER_CLASS(klass);

    object_class_property_add(klass, "maxlen", "uint32",
                              filter_dump_get_maxlen, filter_dump_set_maxlen,
                              NULL, NULL);
    object_class_property_add_str(klass, "file", filter_dump_get_file,
                                  filter_dump_set_file);
    nfc->setup = filter_dump_setup;
    nfc->cleanup = filter_dump_cleanup;
    nfc->receive_iov = filter_dump_receive_iov;
}

static const TypeInfo filter_dump_type = {
    .name = TYPE_FILTER_DUMP,
    .parent = TYPE_NETFILTER,
    .instance_size = sizeof(NetFilterDumpState),
    .instance_init = filter_dump_init,
    .instance_finalize = filter_dump_finalize,
    .class_init = filter_dump_class_init,
};

static void filter_dump_register(void)
{
    type_register_static(&filter_dump_type);
}

type_init(filter_dump_register)
