/*
 * Handlers of bit operations.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef ACCEL_TCG_OP_BIT_H
#define ACCEL_TCG_OP_BIT_H

#include "op-int.h"

enum { BIT_BT, BIT_BTS, BIT_BTR, BIT_BTC, BIT_COUNT };
/* Bit r2 or imm of r1 or memory; mr and mi by [locked]. mr: aux is the
 * segment, size the address size. */
typedef struct BitOps {
    OpFn *rr, *ri, *rr_nf, *ri_nf, *mr[2], *mi[2];
} BitOps;
extern const BitOps op_bit[BIT_COUNT][4];

enum { SCAN_BSF, SCAN_BSR, SCAN_LZCNT, SCAN_TZCNT, SCAN_POPCNT, SCAN_COUNT };
/* r1 from r2; [flags kept][log2 of size] */
extern OpFn *const op_scan[SCAN_COUNT][2][4];

enum {
    BMI_ANDN, BMI_BLSI, BMI_BLSR, BMI_BLSMSK, BMI_BZHI, BMI_BEXTR,
    BMI_PDEP, BMI_PEXT, BMI_COUNT, /* from PDEP on without flags */
};
/* r1 from r2 and r3; [4 or 8 bytes] */
extern OpFn *const op_bmi[BMI_COUNT][2];
/* r1 += r2; aux: by OF (ADOX), not CF */
OpFn op_adx4, op_adx8;
/* r1 by r2 of that size */
extern OpFn *const op_crc32[4];

#endif
