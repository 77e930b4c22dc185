#include "ck_tile.h"
#include "gemm_s8_s8c.h"

#if CK_ARCH_X86
enum ck_status ck_gemm_s8_s8c_8x32x4__avx512vnni(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_gemm_parameters, p, bound->instruction);
  const size_t element = bound->instruction->flags & CK_FLAG_F32_OUTPUT ? 4 : 1;
  const size_t inputs = (size_t)p.m * p.k, outputs = (size_t)p.m * p.n * element;
  const uint8_t *in = bound->operand[0], *out = ck_weighted_output(bound);
  if (in + inputs <= out || out + outputs <= in) return ck_gemm_by_tiles(bound, range, ck_tile_run__avx512vnni);
  /* The last panels of a run of rows come after the first panels of all of them: where outputs overwrite inputs, runs are short. */
  for (uint32_t row = range.row_begin; row < range.row_end; row += ck_tile_max_pixels) {
    const uint32_t end = range.row_end - row < ck_tile_max_pixels ? range.row_end : row + ck_tile_max_pixels;
    ck_gemm_by_tiles(bound, (ck_range){row, end, range.panel_begin, range.panel_end}, ck_tile_run__avx512vnni);
  }
  return CK_OK;
}
#endif
