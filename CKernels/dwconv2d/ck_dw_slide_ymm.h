/* dwconv2d/ck_dw_slide_ymm.h - rows of depthwise outputs, 16 channels at a time, of kernels with 3, 5 or 7 columns, written once for what multiplies:
 * each column is interleaved once and added to the sums of all outputs that need it, for which its weights stay in memory.
 *
 * Before it: TARGET, the attribute of the instruction set; DW_STEP_ROWS, the kernel rows of one step of sums; dw_column(line, step, at, x), the 16
 * channels of a column's rows in two vectors; dw_held_weights(line, step, kx, w), its weights likewise; dw_multiply_add(sum, x, w); and
 * dw_order(v), which turns channels in their order into that of the sums and back. */
#include "ck_dw_slide.h"

#define INLINE static inline __attribute__((always_inline)) TARGET

enum { dw_most_steps = CK_DW_SLIDE_ROWS / DW_STEP_ROWS };

/* Constants of a panel, in memory. */
typedef struct dw_held {
  __m256i weights[dw_most_steps][CK_DW_SLIDE_COLUMNS][2];
  __m256i start[2];
  size_t steps;
} dw_held;

/* Sum f is that of the output f places after the next to be finished, `turn` outputs after the first. `first` is the column's place in that next
 * output; it starts the sums whose first column it is. */
INLINE void dw_add_column(
    const ck_dw_line *s, const dw_held *held, __m256i sum[CK_DW_SLIDE_COLUMNS][2], const int turn, size_t at, const int first, const int columns,
    const int stride) {
  const int flying = (columns + stride - 1) / stride;
  CK_UNROLL for (int f = 0; f < flying; f++) {
    if (first - stride * f != 0) continue;
    CK_UNROLL for (int half = 0; half < 2; half++) sum[(turn + f) % flying][half] = held->start[half];
  }
  for (size_t step = 0; step < held->steps; step++) {
    __m256i x[2];
    dw_column(s, step, at, x);
    CK_UNROLL for (int half = 0; half < 2; half++) {
      CK_UNROLL for (int f = 0; f < flying; f++) {
        const int kx = first - stride * f;
        if (kx < 0 || kx >= columns) continue;
        __m256i *to = &sum[(turn + f) % flying][half];
        *to = dw_multiply_add(*to, x[half], held->weights[step][kx][half]);
      }
    }
  }
}

/* Outputs `phase`, phase + phases, ...: each finds its columns among the same ones. */
INLINE void dw_slide_phase(const ck_dw_line *s, const dw_held *held, size_t phase, size_t phases, const int columns, const int stride) {
  const int flying = (columns + stride - 1) / stride, before = columns - stride;
  const ck_quantization q = s->q;
  __m256i sum[CK_DW_SLIDE_COLUMNS][2];
  size_t at = phase * s->step_bytes;
  CK_UNROLL for (int i = 0; i < before; i++, at += s->tap_bytes) dw_add_column(s, held, sum, 0, at, i, columns, stride);
  for (size_t x = phase;;) {
    CK_UNROLL for (int turn = 0; turn < flying; turn++) {
      CK_UNROLL for (int i = 0; i < stride; i++, at += s->tap_bytes) dw_add_column(s, held, sum, turn, at, before + i, columns, stride);
      __m256i done[2] = {sum[turn][0], sum[turn][1]};
      dw_order(done);
      ck_store_sums_avx2(done, s->scale, &q, s->f32, s->channels, s->output + x * s->output_step_bytes);
      x += phases;
      if (x >= s->count) return;
    }
  }
}

/* One function a form, so that each has the registers to itself. */
#define DW_SLIDE(columns, stride) \
  TARGET static void dw_slide_##columns##_##stride(const ck_dw_line *s, const dw_held *held, size_t phase, size_t phases) { \
    dw_slide_phase(s, held, phase, phases, columns, stride); \
  }
DW_SLIDE(3, 1) DW_SLIDE(3, 2) DW_SLIDE(5, 1) DW_SLIDE(5, 2) DW_SLIDE(7, 1) DW_SLIDE(7, 2)

TARGET static void dw_slide(const ck_dw_line *s) {
  typedef void (*slide_fn)(const ck_dw_line *, const dw_held *, size_t, size_t);
  static const slide_fn forms[3][2] = {
      {dw_slide_3_1, dw_slide_3_2}, {dw_slide_5_1, dw_slide_5_2}, {dw_slide_7_1, dw_slide_7_2}};
  dw_held held;
  held.steps = (s->kernel_h + DW_STEP_ROWS - 1) / DW_STEP_ROWS;
  for (size_t step = 0; step < held.steps; step++) {
    for (size_t kx = 0; kx < s->kernel_w; kx++) dw_held_weights(s, step, kx, held.weights[step][kx]);
  }
  const __m256i correction = _mm256_set1_epi32(ck_dw_correction(s));
  for (size_t half = 0; half < 2; half++) {
    held.start[half] = _mm256_add_epi32(ck_start_avx2(s->bias, s->sums, s->zero_point, 8 * half), correction);
  }
  dw_order(held.start);
  const slide_fn run = forms[(s->kernel_w - 3) / 2][s->step_bytes > s->tap_bytes];
  const size_t phases = ck_dw_slide_phases(s->step_bytes, s->tap_bytes);
  for (size_t phase = 0; phase < phases && phase < s->count; phase++) run(s, &held, phase, phases);
}
