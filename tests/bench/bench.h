/*
 * What the files of vnet-bench share: cases, contenders, results.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include "net/vnet-hdr.h"
#include "tests/qtest/lib/qip.h"

typedef enum BenchKind {
    BENCH_TX,   /* the guest sends as fast as frames are taken */
    BENCH_RX,   /* frames wait in the tap, the guest takes them */
    BENCH_PING, /* one frame out, the kernel's answer in */
} BenchKind;

typedef struct BenchCase {
    const char *name;
    BenchKind kind;
    size_t len;     /* of a frame without FCS; of the payload if `gso` */
    bool gso;       /* one large TCP segment, to be cut by somebody else */
    unsigned burst; /* BENCH_RX: frames per round; BENCH_TX: in flight */
} BenchCase;

typedef struct BenchResult {
    uint64_t packets; /* BENCH_PING: round trips */
    int64_t wall_ns;
    int64_t cpu_ns;         /* of the emulator, or of the raw loop */
    int64_t p50_ns, p99_ns; /* BENCH_PING */
    uint64_t kicks;
} BenchResult;

/* How often somebody who waits looks again: not so often that the other CPU
 * never gets its cache line back. */
static inline void bench_relax(void)
{
    for (int i = 0; i < 16; i++) {
        __builtin_ia32_pause();
    }
}

int64_t bench_now(void); /* ns */

/* ------------------------------------------------------ bench-host.c */

#define BENCH_MAX_FRAME 66000
/* A large frame lies in guest memory as its headers and then pages. */
#define BENCH_GSO_HEADERS 54
#define BENCH_PIECE       4096
#define BENCH_MAX_PIECES  32
/* More than the longest queue of frames that waits for a reader. */
#define BENCH_TX_QUEUE_LEN 4200

typedef struct BenchFrame {
    uint8_t data[BENCH_MAX_FRAME];
    size_t len;
    VnetHdr hdr;
} BenchFrame;

/*
 * One tap, seen from the kernel. The host is 10.77.INDEX.1 on it, the guest
 * 10.77.INDEX.2.
 */
typedef struct BenchPort {
    char ifname[16];
    QIPEnd guest, host;
    int flood_fd;
} BenchPort;

/* After the interface was made. */
void bench_port_init(BenchPort *p, const char *ifname, unsigned index);
void bench_port_close(BenchPort *p);
/* The frame of a case, to an address that is not the host's, so that the
 * kernel drops it first thing; or to the guest. BENCH_PING: the question. */
void bench_frame(BenchFrame *f, const BenchPort *p, const BenchCase *c);
/* True if it is the answer. */
bool bench_is_answer(const uint8_t *frame, size_t len);
/* Puts `count` frames into the queue of the tap. */
void bench_flood(BenchPort *p, const BenchFrame *f, unsigned count);
/* Frames the kernel got from the tap so far. */
uint64_t bench_frames_in(const BenchPort *p);

/* ----------------------------------------------------- bench-guest.c */

typedef struct BenchGuest BenchGuest;

/* Starts the emulator with a tap of that name. */
BenchGuest *bench_guest_new(const char *binary, const char *ifname,
                            unsigned index);
void bench_guest_free(BenchGuest *g);
void bench_guest_run(BenchGuest *g, const BenchCase *c, int64_t run_ns,
                     BenchResult *r);

/* ------------------------------------------------------- bench-raw.c */

typedef struct BenchRaw BenchRaw;

/* The same with nothing but system calls in a loop. */
BenchRaw *bench_raw_new(const char *ifname, unsigned index);
void bench_raw_free(BenchRaw *raw);
void bench_raw_run(BenchRaw *raw, const BenchCase *c, int64_t run_ns,
                   BenchResult *r);

/* Sorts round trip times into r->p50_ns and r->p99_ns. */
void bench_set_quantiles(BenchResult *r, GArray *times_ns);

#endif
