#include "ck_tile_avx512.h"

#if CK_ARCH_X86

#define TARGET CK_TARGET_AVX512VNNI

/* `panels` x `parts` sums (constants where this is inlined): each weight is used once, so that only loads count, and partial sums keep
 * enough products in flight. */
CK_INLINE_AVX512 void columns(int panels, int parts, enum ck_ending ending, const ck_tile_job *job, size_t panel, const ck_epilogue_avx512 *e) {
  __m512i sum[4][8];
  CK_UNROLL for (int v = 0; v < panels; v++) {
    sum[v][0] = ck_start_avx512(job, panel + (size_t)v);
    CK_UNROLL for (int part = 1; part < parts; part++) sum[v][part] = _mm512_setzero_si512();
  }
  const size_t panel_bytes = job->panel_bytes;
  const uint8_t *weights = job->weights + panel * panel_bytes, *x = job->lines[0];
  size_t quads = job->line_quads;
#define QUAD(part, at, bytes) \
  do { \
    const __m512i quad = _mm512_set1_epi32((int)(bytes)); \
    CK_UNROLL for (int v = 0; v < panels; v++) { \
      sum[v][part] = _mm512_dpbusd_epi32(sum[v][part], quad, _mm512_loadu_si512(weights + (size_t)v * panel_bytes + 64 * (at))); \
    } \
  } while (0)
  for (; quads >= (size_t)parts; quads -= (size_t)parts) {
    CK_UNROLL for (int part = 0; part < parts; part++) QUAD(part, part, ck_load_s32(x + 4 * part));
    x += 4 * parts, weights += 64 * parts;
  }
  for (; quads > 0; quads--) {
    QUAD(0, 0, ck_load_s32(x));
    x += 4, weights += 64;
  }
  if (job->tail_bytes > 0) QUAD(0, 0, ck_partial_quad(x, job->tail_bytes));
#undef QUAD
  __m512i total[4];
  CK_UNROLL for (int v = 0; v < panels; v++) {
    CK_UNROLL for (int half = parts / 2; half > 0; half /= 2) {
      CK_UNROLL for (int part = 0; part < half; part++) sum[v][part] = _mm512_add_epi32(sum[v][part], sum[v][part + half]);
    }
    total[v] = sum[v][0];
  }
  const ck_target_avx512 target = {job->scale + 64 * panel, job->output + 16 * panel, 0, job->channels - 16 * panel, false,
                                   ending == CK_ENDING_ADDED ? job->residual + 16 * panel : NULL};
  if (ending == CK_ENDING_ADDED) {
    CK_UNROLL for (int v = 0; v < panels; v++) total[v] = ck_added_vector_avx512(panels, v, total[v], &target, e);
  }
  ck_store_step_avx512(1, panels, 0, ending, total, &target, e);
}

CK_INLINE_AVX512 void all_columns(enum ck_ending ending, const ck_tile_job *job, size_t panels, const ck_epilogue_avx512 *e) {
  size_t panel = 0;
  for (; panels - panel >= 4; panel += 4) columns(4, 2, ending, job, panel, e);
  for (; panels - panel >= 2; panel += 2) columns(2, 4, ending, job, panel, e);
  if (panel < panels) columns(1, 8, ending, job, panel, e);
}

TARGET void ck_gemv__avx512vnni(const ck_tile_job *job, ck_tile_grid_avx512 grid, const ck_epilogue_avx512 *e) {
  if (e->ending == CK_ENDING_RELU) all_columns(CK_ENDING_RELU, job, grid.columns, e);
  else if (e->ending == CK_ENDING_CLAMPED) all_columns(CK_ENDING_CLAMPED, job, grid.columns, e);
  else all_columns(CK_ENDING_ADDED, job, grid.columns, e);
}

#endif
