/* Four tables of 64 bytes: an index that is past a table's end leaves the byte as it is (tbx) or 0 (tbl). */
#include "ck_table_range.h"

#if CK_ARCH_ARM64
#include <arm_neon.h>

static inline uint8x16x4_t quarter(const uint8_t *table, uint8x16_t out_xor) {
  uint8x16x4_t rows = vld1q_u8_x4(table);
  for (int i = 0; i < 4; i++) rows.val[i] = veorq_u8(rows.val[i], out_xor);
  return rows;
}

enum ck_status ck_table_s8_16__neon(const ck_bound *bound, ck_range range) {
  const ck_table_range r = ck_table_range_of(bound, range);
  const uint8x16_t in_xor = vdupq_n_u8(r.in_xor), out_xor = vdupq_n_u8(r.out_xor), step = vdupq_n_u8(64);
  const uint8x16x4_t t0 = quarter(r.table, out_xor), t1 = quarter(r.table + 64, out_xor);
  const uint8x16x4_t t2 = quarter(r.table + 128, out_xor), t3 = quarter(r.table + 192, out_xor);
  size_t i = r.begin;
  for (; i + 16 <= r.end; i += 16) {
    uint8x16_t x = veorq_u8(vld1q_u8(r.input + i), in_xor);
    uint8x16_t y = vqtbl4q_u8(t0, x);
    x = vsubq_u8(x, step);
    y = vqtbx4q_u8(y, t1, x);
    x = vsubq_u8(x, step);
    y = vqtbx4q_u8(y, t2, x);
    x = vsubq_u8(x, step);
    vst1q_u8(r.output + i, vqtbx4q_u8(y, t3, x));
  }
  ck_table_rest(&r, i);
  return CK_OK;
}
#endif
