#include "pool_s16.h"

enum ck_status ck_pool_s16__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_pool_parameters, p, bound->instruction);
  const ck_levels levels = CK_LEVELS_OF(bound, 1, p);
  const ck_elements channels = ck_elements_of(range, p.channels);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    for (size_t i = 0; i < p.out_w; i++) {
      const ck_pool_taps taps = ck_pool_taps_of(&p, bound->operand[0], row, i);
      for (size_t c = channels.begin; c < channels.end; c++) {
        int64_t sum = 0;
        int32_t largest = -32768;
        for (size_t ky = 0; ky < taps.rows; ky++) {
          for (size_t kx = 0; kx < taps.columns; kx++) {
            const int32_t tap = ck_load_s16(taps.first + ky * taps.row_bytes + kx * taps.column_bytes + 2 * c);
            sum += tap;
            largest = tap > largest ? tap : largest;
          }
        }
        const float value = p.kind == CK_POOL_AVERAGE ? ck_float_s64(sum) * taps.scale : (float)largest;
        ck_store_level(&levels, (row * p.out_w + i) * p.channels + c, value);
      }
    }
  }
  return CK_OK;
}
