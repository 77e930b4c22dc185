#include "ck_tile_avx512.h"

#if CK_ARCH_X86

#define TARGET CK_TARGET_AVX512VNNI
#define INLINE CK_INLINE_AVX512

/* Two vectors of sums a register: those in work, and those of the tile before on their way to bytes. */
enum { max_sums = 12, max_plain_sums = 16 };

/* `tiles` x `columns` tiles of `pixels` x 16 `panels` (constants where this is inlined) from `pixel` and `panel` on, all columns of a row
 * first. Pipelined: the epilogue of a tile runs between the first products of the next one; alone it is a dependency chain longer than
 * processors look ahead, and the multipliers idle. General: weight zero points, any scale, f32 output. */
enum flavour { general, plain, pipelined };
INLINE void compute(
    int pixels, int panels, enum flavour flavour, enum ck_ending ending, const ck_tile_job *job, ck_tile_grid_avx512 at,
    const ck_epilogue_avx512 *e) {
  const size_t stride = job->pixel_bytes, panel_bytes = job->panel_bytes, out_stride = job->output_stride_bytes;
  /* Lines of one quad are a list of quads; else the first products are all of the first line. */
  const bool list = job->line_quads == 1 && job->tail_bytes == 0;
  const size_t quads = list ? job->line_count : job->line_quads;
  const int steps = (pixels * panels + 3) / 4, sums = pixels * panels;
  uint8_t nowhere[64];
  ck_target_avx512 target = {.scale = job->scale, .out = nowhere, .residual = nowhere};
  __m512i sum[max_plain_sums], done[max_plain_sums];
  CK_UNROLL for (int i = 0; i < sums; i++) done[i] = _mm512_setzero_si512();
  for (size_t tile = 0; tile < at.tiles; tile++) {
    const size_t pixel = at.pixel + tile * (size_t)pixels;
    for (size_t column = 0; column < at.columns; column++) {
      const size_t panel = at.panel + column * (size_t)panels;
      CK_UNROLL for (int v = 0; v < panels; v++) {
        const __m512i start = ck_start_avx512(job, panel + (size_t)v);
        CK_UNROLL for (int i = 0; i < pixels; i++) sum[i * panels + v] = start;
      }
      const uint8_t *weights = job->weights + panel * panel_bytes;
#define QUAD(load) \
  do { \
    __m512i w[4]; \
    CK_UNROLL for (int v = 0; v < panels; v++) w[v] = _mm512_loadu_si512(weights + (size_t)v * panel_bytes); \
    CK_UNROLL for (int i = 0; i < pixels; i++) { \
      const __m512i bytes = _mm512_set1_epi32((int)(load)); \
      CK_UNROLL for (int v = 0; v < panels; v++) sum[i * panels + v] = _mm512_dpbusd_epi32(sum[i * panels + v], bytes, w[v]); \
    } \
    weights += 64; \
  } while (0)
#define AT(x) ck_load_s32((x) + (size_t)i * stride)
      const uint8_t *const *lines = job->lines;
      const size_t offset = pixel * stride;
      size_t quad = 0;
      if (flavour == pipelined) {
        /* A residual takes so many operations that each vector gets a quad's products of its own to hide behind. */
        const int vectors = ending == CK_ENDING_ADDED ? sums : 0;
        CK_UNROLL for (int slice = 0; slice < vectors + steps; slice++) {
          if ((size_t)slice < quads) {
            const uint8_t *x = (list ? lines[slice] : lines[0] + 4 * slice) + offset;
            QUAD(AT(x));
            quad++;
          }
          if (slice < vectors) {
            done[slice] = ck_added_vector_avx512(panels, slice, done[slice], &target, e);
            __asm__("" : "+v"(done[slice])); /* here, not where it is stored */
          } else {
            ck_store_step_avx512(pixels, panels, slice - vectors, ending, done, &target, e);
          }
        }
      }
      if (list) {
        for (; quad < quads; quad++) QUAD(AT(lines[quad] + offset));
        if (job->side != NULL) QUAD(ck_load_s32(job->side + 4 * (pixel + (size_t)i)));
      } else {
        for (size_t line = 0; line < job->line_count; line++, quad = 0) {
          const uint8_t *x = lines[line] + offset + 4 * quad, *end = lines[line] + offset + 4 * quads;
          for (; x < end; x += 4) QUAD(AT(x));
          if (job->tail_bytes > 0) QUAD(ck_partial_quad(x + (size_t)i * stride, job->tail_bytes));
        }
      }
#undef AT
#undef QUAD
      if (flavour == general) {
        int32_t storage[ck_tile_max_pixels];
        const int32_t *offsets = ck_tile_offsets(job, pixel, (size_t)pixels, storage);
        CK_UNROLL for (int i = 0; i < sums; i++) {
          const __m512i less = _mm512_sub_epi32(sum[i], _mm512_set1_epi32(offsets[i / panels]));
          ck_store_general_avx512(job, less, pixel + (size_t)(i / panels), 16 * (panel + (size_t)(i % panels)), e);
        }
        continue;
      }
      const size_t channels = job->channels - 16 * panel, width = 16 * (size_t)panels;
      target = (ck_target_avx512){job->scale + 64 * panel, job->output + pixel * out_stride + 16 * panel, out_stride, channels,
                                  out_stride == width && channels >= width, NULL};
      if (ending == CK_ENDING_ADDED) target.residual = job->residual + pixel * out_stride + 16 * panel;
      if (flavour == plain) {
        if (ending == CK_ENDING_ADDED) {
          CK_UNROLL for (int i = 0; i < sums; i++) sum[i] = ck_added_vector_avx512(panels, i, sum[i], &target, e);
        }
        CK_UNROLL for (int step = 0; step < steps; step++) ck_store_step_avx512(pixels, panels, step, ending, sum, &target, e);
      } else {
        CK_UNROLL for (int i = 0; i < sums; i++) done[i] = sum[i];
      }
    }
  }
  if (flavour == pipelined) {
    if (ending == CK_ENDING_ADDED) {
      CK_UNROLL for (int i = 0; i < sums; i++) done[i] = ck_added_vector_avx512(panels, i, done[i], &target, e);
    }
    CK_UNROLL for (int step = 0; step < steps; step++) ck_store_step_avx512(pixels, panels, step, ending, done, &target, e);
  }
}

#define BLOCK(pixels, panels, flavour) \
  TARGET static void flavour##_##pixels##x##panels(const ck_tile_job *job, ck_tile_grid_avx512 at, const ck_epilogue_avx512 *e) { \
    if (flavour == general || e->ending == CK_ENDING_CLAMPED) { \
      compute(pixels, panels, flavour, CK_ENDING_CLAMPED, job, at, e); \
    } else if (e->ending == CK_ENDING_RELU) { \
      compute(pixels, panels, flavour, CK_ENDING_RELU, job, at, e); \
    } else { \
      compute(pixels, panels, flavour, CK_ENDING_ADDED, job, at, e); \
    } \
  }
#define BLOCKS_3(panels, flavour) BLOCK(1, panels, flavour) BLOCK(2, panels, flavour) BLOCK(3, panels, flavour)
#define BLOCKS_6(panels, flavour) BLOCKS_3(panels, flavour) BLOCK(4, panels, flavour) BLOCK(5, panels, flavour) BLOCK(6, panels, flavour)
BLOCKS_6(1, pipelined)
BLOCK(7, 1, pipelined) BLOCK(8, 1, pipelined) BLOCK(9, 1, pipelined) BLOCK(10, 1, pipelined) BLOCK(11, 1, pipelined) BLOCK(12, 1, pipelined)
BLOCKS_6(2, pipelined)
BLOCK(7, 2, plain) BLOCK(8, 2, plain)
BLOCKS_3(4, pipelined)
BLOCKS_6(1, general)

#define NAMES_3(panels, flavour) flavour##_1x##panels, flavour##_2x##panels, flavour##_3x##panels
#define NAMES_6(panels, flavour) NAMES_3(panels, flavour), flavour##_4x##panels, flavour##_5x##panels, flavour##_6x##panels
static const ck_tile_block_avx512 blocks_1[] = {
    NAMES_6(1, pipelined), pipelined_7x1, pipelined_8x1, pipelined_9x1, pipelined_10x1, pipelined_11x1, pipelined_12x1};
static const ck_tile_block_avx512 blocks_2[] = {NAMES_6(2, pipelined), plain_7x2, plain_8x2};
static const ck_tile_block_avx512 blocks_4[] = {NAMES_3(4, pipelined)};
static const ck_tile_block_avx512 general_blocks[] = {NAMES_6(1, general)};

/* The height of tiles: of few pixels one that divides them, so that one pipeline runs through, else as even as the limit allows. */
static size_t height_of(size_t pixels, size_t limit) {
  for (size_t height = limit; pixels <= 16 * limit && height > limit / 2; height--) {
    if (pixels % height == 0) return height;
  }
  return pixels / ((pixels + limit - 1) / limit);
}

static void append(ck_tile_plan_avx512 *plan, ck_tile_block_avx512 block, ck_tile_grid_avx512 grid) {
  plan->block[plan->count] = block;
  plan->grid[plan->count++] = grid;
}

void ck_tile_plan_of__avx512vnni(const ck_tile_job *job, size_t pixels, size_t wide, size_t height, ck_tile_plan_avx512 *plan) {
  const bool is_general = !job->wide || job->q.weight_zero_point != 0;
  const ck_tile_block_avx512 *blocks = is_general ? general_blocks : wide == 4 ? blocks_4 : wide == 2 ? blocks_2 : blocks_1;
  const size_t panels = (job->channels + 15) / 16, columns = panels / wide, left = panels % wide;
  /* Tiles of `base` rows, then those of one row more. */
  const size_t tiles = pixels / height, base = pixels / tiles, taller = pixels % tiles;
  plan->count = 0;
  for (size_t i = 0; i < 2; i++) {
    const size_t pixel = i * (tiles - taller) * base, count = i == 0 ? tiles - taller : taller, index = base + i - 1;
    if (count == 0) continue;
    append(plan, blocks[index], (ck_tile_grid_avx512){pixel, count, 0, columns});
    if (left >= 2) append(plan, blocks_2[index], (ck_tile_grid_avx512){pixel, count, columns * wide, 1});
    if (left % 2 == 1) append(plan, blocks_1[index], (ck_tile_grid_avx512){pixel, count, panels - 1, 1});
  }
}

void ck_tile_plan__avx512vnni(const ck_tile_job *job, size_t pixels, ck_tile_plan_avx512 *plan) {
  const bool is_general = !job->wide || job->q.weight_zero_point != 0;
  const size_t panels = (job->channels + 15) / 16;
  plan->count = 0;
  if (pixels == 0 || panels == 0) return;
  if (pixels == 1 && job->line_count == 1 && !is_general) {
    append(plan, ck_gemv__avx512vnni, (ck_tile_grid_avx512){0, 1, 0, panels});
    return;
  }
  const size_t wide = is_general ? 1 : panels >= 4 && pixels <= 3 ? 4 : panels >= 2 ? 2 : 1;
  /* Many products hide their epilogue well enough, and fetch less by larger tiles. */
  const bool many = wide == 2 && job->residual == NULL && job->line_count * job->line_quads >= 64;
  const size_t limit = is_general ? 6 : many ? max_plain_sums / 2 : max_sums / wide;
  ck_tile_plan_of__avx512vnni(job, pixels, wide, height_of(pixels, limit), plan);
}

TARGET void ck_tile_run__avx512vnni(const ck_tile_job *job, size_t pixels) {
  ck_tile_plan_avx512 plan;
  ck_tile_plan__avx512vnni(job, pixels, &plan);
  const ck_epilogue_avx512 e = ck_epilogue_avx512_of(job);
  for (size_t i = 0; i < plan.count; i++) plan.block[i](job, plan.grid[i], &e);
}

#endif
