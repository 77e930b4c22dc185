#include "gemm_s8_s8c.h"

enum ck_status ck_gemm_s8_s8c__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const ck_requantize requantize = ck_requantize_of(bound, CK_GEMM_QUANTIZATION);
  const size_t panel_bytes = (size_t)ck_ceil_divide(p.k, 4) * 64;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const uint8_t *x = bound->operand[0] + row * p.k;
    for (size_t panel = range.panel_begin; panel < range.panel_end; panel++) {
      uint32_t accumulator[16];
      ck_load_bias(accumulator, bound->constant[1], panel);
      ck_dot_c4x16(accumulator, x, p.k, bound->operand_xor[0], bound->constant[0] + panel * panel_bytes, &requantize.q);
      for (size_t n = 16 * panel; n < 16 * (panel + 1) && n < p.n; n++) {
        ck_requantize_store(&requantize, accumulator[n % 16], n, row * p.n + n);
      }
    }
  }
  return CK_OK;
}
