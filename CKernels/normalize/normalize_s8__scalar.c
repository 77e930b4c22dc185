#include "normalize_s8.h"

static int32_t value_at(const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, size_t index) {
  return (int8_t)(x[index] ^ bound->operand_xor[0]) - p->input_zero_point;
}

static ck_normalize_line line_of(const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, size_t first) {
  const size_t size = p->channels / p->groups;
  ck_normalize_sums sums = {0, 0};
  for (size_t a = 0; a < p->axis; a++) {
    for (size_t c = first; c < first + size; c++) {
      const int32_t value = value_at(bound, p, x, a * p->channels + c);
      sums.value += value;
      sums.magnitude += ck_normalize_magnitude(p->kind, value);
    }
  }
  return ck_normalize_line_of(p, sums);
}

static void write(const ck_bound *bound, const ck_normalize_parameters *p, const uint8_t *x, uint8_t *out, size_t index, ck_normalize_line line) {
  const size_t c = index % p->channels;
  const float unit = ((float)value_at(bound, p, x, index) - line.mean) * line.factor;
  const float r = bound->instruction->constant_count > 0
                      ? unit * ck_load_f32(bound->constant[0] + 4 * c) + ck_load_f32(bound->constant[1] + 4 * c)
                      : unit * p->output_scale_inverse;
  out[index] = (uint8_t)ck_quantize_s8(r, p->output_zero_point, p->output_min, p->output_max) ^ bound->operand_xor[1];
}

enum ck_status ck_normalize_s8__scalar(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_normalize_parameters, p, bound->instruction);
  const size_t size = p.channels / p.groups, slab = (size_t)p.axis * p.channels;
  ck_normalize_line *lines = (ck_normalize_line *)(void *)bound->scratch;
  if (range.panel_begin == range.panel_end) return CK_OK;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const uint8_t *x = bound->operand[0] + o * slab;
    uint8_t *out = bound->operand[1] + o * slab;
    if (p.axis == 1) {
      for (size_t first = 0; first < p.channels; first += size) {
        const ck_normalize_line line = line_of(bound, &p, x, first);
        for (size_t c = first; c < first + size; c++) write(bound, &p, x, out, c, line);
      }
      continue;
    }
    for (size_t g = 0; g < p.groups; g++) lines[g] = line_of(bound, &p, x, g * size);
    for (size_t index = 0; index < slab; index++) write(bound, &p, x, out, index, lines[index % p.channels / size]);
  }
  return CK_OK;
}
