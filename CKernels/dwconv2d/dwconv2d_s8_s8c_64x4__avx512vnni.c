#include "ck_dw_general_avx512.h"
#include "ck_dw_lines_avx512.h"
#include "ck_dw_rows.h"

#if CK_ARCH_X86

/* Blocks of channels: 64 each, the last what is left. The pool holds the constants of one, or of all where there are few. */
typedef struct channel_blocks {
  const ck_bound *bound;
  const ck_conv2d_parameters *p;
  size_t begin, end;  /* channels */
  size_t period;      /* of a row of less than 16 channels read as a line; 0: no such */
  size_t weights;     /* blocks of weights that are held: those of a panel, or 0 where they are too many */
  size_t held;        /* how many blocks of channels the pool can hold; 0: the one asked for last */
  size_t gathered;    /* how many of them it does */
  dw_quad *pool;
} channel_blocks;

TARGET static channel_blocks channel_blocks_of(
    const ck_bound *bound, const ck_conv2d_parameters *p, ck_range range, bool line, dw_quad pool[dw_pool_quads]) {
  channel_blocks c = {.bound = bound, .p = p, .begin = 16 * (size_t)range.panel_begin, .pool = pool};
  c.end = 16 * (size_t)range.panel_end < p->out_c ? 16 * (size_t)range.panel_end : p->out_c;
  c.period = line && p->out_c < 16 ? p->out_c : 0;
  c.weights = ck_dwconv2d_panel_blocks(p) <= CK_DWCONV2D_BLOCKS ? (size_t)ck_dwconv2d_panel_blocks(p) : 0;
  c.held = dw_pool_quads / (2 + c.weights);
  if (c.end > c.begin && (c.end - c.begin + 63) / 64 > c.held) c.held = 0;
  return c;
}

static dw_lanes lanes_of(const channel_blocks *c, size_t first, size_t channels) {
  const size_t present = (channels + 15) / 16;
  return (dw_lanes){first / 16, present <= 2 ? present : 4, present, c->period};
}

/* The constants of the block that begins at channel `first`. */
TARGET static const dw_block *constants_of(channel_blocks *c, size_t first, size_t channels) {
  const size_t index = c->held > 0 ? (first - c->begin) / 64 : 0;
  dw_block *block = (dw_block *)(void *)(c->pool + index * (2 + c->weights));
  if (index < c->gathered && c->held > 0) return block;
  const dw_lanes lanes = lanes_of(c, first, channels);
  dw_gather(block, c->bound, c->p, &lanes, c->weights);
  c->gathered = index + 1;
  return block;
}

/* Any kernel: through the ring, whose rows hold their padding. */
TARGET static void run_general(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, const dw_output *o) {
  _Alignas(64) dw_quad pool[dw_pool_quads];
  /* A row of a narrow layer with stride 1 is a line of out_w * channels outputs, 64 at a time, whatever their channel. */
  const bool line = ck_dwconv2d_is_line(p);
  channel_blocks blocks = channel_blocks_of(bound, p, range, line, pool);
  const size_t element = o->f32 ? 4 : 1, last = p->kernel_h - 1;
  dw_lanes lanes;
  dw_line s = {
      .row_groups = (p->kernel_h + 3) / 4,
      .kernel_h = p->kernel_h,
      .kernel_w = p->kernel_w,
      .count = line ? 1 : p->out_w,
      .step = (size_t)p->stride_w * p->in_c,
      .tap = (size_t)p->dilation_w * p->in_c,
      .out_step = p->out_c * element,
      .weight_zero_point = p->weight_zero_point,
      .weights = bound->constant[0],
      .panel_bytes = (size_t)ck_dwconv2d_panel_blocks(p) * 64,
      .lanes = blocks.weights > 0 ? NULL : &lanes};
  const bool fives = p->kernel_w == 5 && p->dilation_w == 1 && blocks.weights > 0 && !line;
  const dw_line_fn run = dw_line_of(p->weight_zero_point != 0, fives, p->stride_w, o->epilogue);
  const size_t end = line ? (size_t)p->out_w * p->out_c : blocks.end;
  ck_ring ring = ck_ring_of(bound, p);
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t y = ck_ring_begin_row(&ring, row);
    for (size_t lane = blocks.begin; lane < end; lane += 64) {
      const size_t count = end - lane < 64 ? end - lane : 64, first = line ? 0 : lane, channels = line ? p->out_c : count;
      s.block = constants_of(&blocks, first, channels);
      lanes = lanes_of(&blocks, first, channels);
      for (size_t ky = 0; ky < 4 * s.row_groups; ky++) { /* rows past the last meet zero weights and stand for it once more */
        s.rows[ky / 4][ky % 4] = ck_ring_row(&ring, y + (ky < last ? ky : last) * p->dilation_h) + lane;
      }
      s.out = bound->operand[1] + (row * p->out_w * p->out_c + lane) * element;
      s.mask = count == 64 ? ~0ull : (1ull << count) - 1;
      run(&s, o);
    }
  }
}

/* A call of memcpy costs more than a row. */
TARGET static void copy_row(uint8_t *to, const uint8_t *from, size_t bytes, uint8_t change) {
  const __m512i changes = _mm512_set1_epi8((char)change);
  for (; bytes >= 64; bytes -= 64, to += 64, from += 64) _mm512_storeu_si512(to, _mm512_xor_si512(_mm512_loadu_si512(from), changes));
  const __mmask64 mask = (1ull << bytes) - 1;
  _mm512_mask_storeu_epi8(to, mask, _mm512_xor_si512(_mm512_maskz_loadu_epi8(mask, from), changes));
}

/* Kernels of three columns side by side and up to three rows. */
TARGET static void run_3_columns(const ck_bound *bound, ck_range range, const ck_conv2d_parameters *p, const dw_output *o) {
  _Alignas(64) dw_quad pool[dw_pool_quads];
  const bool flat = p->stride_w == 1 && dw_is_flat(p->out_c) && range.panel_end - range.panel_begin == (p->out_c + 15) / 16;
  const size_t element = o->f32 ? 4 : 1, last = p->kernel_h - 1;
  channel_blocks blocks = channel_blocks_of(bound, p, range, flat, pool);
  ck_dw_row_source source = ck_dw_row_source_of(bound, p, element, false);
  uint8_t padding[64];
  __builtin_memset(padding, source.ring.zero_point, sizeof padding);
  dw_row s = {
      .in_w = p->in_w,
      .out_w = p->out_w,
      .pad_left = p->pad_left,
      .column_bytes = p->in_c,
      .out_step = p->out_c * element,
      .padding = padding};
  const size_t band = ck_dw_band(&source);
  for (size_t first = range.row_begin; first < range.row_end; first += band) {
    const size_t end = range.row_end - first < band ? range.row_end : first + band;
    for (size_t channel = blocks.begin; channel < blocks.end; channel += 64) {
      s.channels = blocks.end - channel < 64 ? blocks.end - channel : 64;
      const dw_block *block = constants_of(&blocks, channel, s.channels);
      const dw_row_fn run = flat ? dw_flat_of(p->out_c, o->epilogue) : dw_slide_of(p->stride_w, s.channels, o->epilogue);
      for (size_t row = first; row < end; row++) {
        if (channel == blocks.begin || source.apart) ck_dw_begin_row(&source, row, copy_row);
        for (size_t ky = 0; ky < 3; ky++) {
          s.rows[ky] = ck_dw_row_at(&source, row % p->out_h * p->stride_h + (ky < last ? ky : last) * p->dilation_h) + channel;
        }
        s.out = bound->operand[1] + (row * p->out_w * p->out_c + channel) * element;
        run(&s, block, o);
      }
    }
  }
}

TARGET enum ck_status ck_dwconv2d_s8_s8c_64x4__avx512vnni(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_conv2d_parameters, p, bound->instruction);
  const ck_quantization q = ck_quantization_at(bound->instruction, CK_DWCONV2D_QUANTIZATION);
  const dw_output o = dw_output_of(bound, &q);
  const bool thin = ck_dwconv2d_is_line(&p) && p.in_c < 4; /* less than the four bytes that an element of a vector holds */
  (ck_dwconv2d_slides(&p) && !thin ? run_3_columns : run_general)(bound, range, &p, &o);
  return CK_OK;
}

#endif
