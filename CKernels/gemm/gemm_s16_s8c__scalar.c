#include "gemm_s16_s8c.h"

enum ck_status ck_gemm_s16_s8c__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const ck_sink sink = ck_sink_of(bound, CK_GEMM_S16_QUANTIZATION);
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + 2 * row * p.k;
    for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      int64_t sum[16] = {0};
      ck_dot_c4x16_s16(sum, x, p.k, bound->constant[0] + panel * panel_bytes);
      for (size_t n = 16 * panel; n < 16 * (panel + 1) && n < p.n; n++) ck_sink_store(&sink, sum[n % 16], n, row * p.n + n);
    }
  }
  return CK_OK;
}
