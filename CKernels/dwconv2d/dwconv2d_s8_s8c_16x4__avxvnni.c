#include "ck_dw_slide.h"

#if CK_ARCH_X86
#include "../gemm/ck_epilogue_avx2.h"

#define TARGET CK_TARGET_AVXVNNI
#define INLINE static inline __attribute__((always_inline)) TARGET

/* What ck_dw_slide_ymm.h asks for: four rows a product. Vector 0 holds channels 0-3 and 8-11, vector 1 the others, as unpacking leaves them. */
#define DW_STEP_ROWS 4
INLINE __m256i words(const uint8_t *row) { return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)row)); }
INLINE void dw_column(const ck_dw_line *s, size_t step, size_t at, __m256i x[2]) {
  __m256i pair[2];
  CK_UNROLL for (size_t i = 0; i < 2; i++) {
    const uint8_t *const *rows = s->rows + 4 * step + 2 * i;
    pair[i] = _mm256_or_si256(words(rows[0] + at), _mm256_slli_epi16(words(rows[1] + at), 8));
  }
  x[0] = _mm256_unpacklo_epi16(pair[0], pair[1]);
  x[1] = _mm256_unpackhi_epi16(pair[0], pair[1]);
}
INLINE void dw_order(__m256i v[2]) {
  const __m256i first = v[0], second = v[1];
  v[0] = _mm256_permute2x128_si256(first, second, 0x20);
  v[1] = _mm256_permute2x128_si256(first, second, 0x31);
}
INLINE void dw_held_weights(const ck_dw_line *s, size_t step, size_t kx, __m256i w[2]) {
  const uint8_t *block = s->weights + 64 * (step * s->kernel_w + kx);
  for (size_t half = 0; half < 2; half++) w[half] = _mm256_loadu_si256((const __m256i *)(const void *)(block + 32 * half));
  dw_order(w);
}
INLINE __m256i dw_multiply_add(__m256i sum, __m256i x, __m256i w) { return CK_DPBUSD_AVXVNNI(sum, x, w); }

#include "ck_dw_slide_ymm.h"

/* Three rows of three columns are as well in pairs, where they are read in place. */
enum ck_status ck_dwconv2d_s8_s8c_16x4__avxvnni(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const bool slides = !ck_dwconv2d_slides(&p) && ck_dw_takes_slide(p.kernel_h, p.kernel_w, p.stride_w, p.dilation_w);
  return slides ? ck_dwconv2d_by_lines(bound, range, dw_slide) : ck_dwconv2d_s8_s8c_16x2__avx2(bound, range);
}

#endif
