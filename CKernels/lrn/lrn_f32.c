/* LRN_F32 - each element divided by a power of the squares around it along an axis (ck/parameters.h: ck_lrn_parameters). Rows are outer
 * indices, panels 16 inner ones. The squares are summed from the first to the last. */
#include "ck_lrn.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  return ck_check_lrn(instruction, operands, CK_DTYPE_F32);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(parameters, p, bound->instruction);
  const size_t inner = p.inner, begin = CK_LRN_BLOCK * (size_t)range.panel_begin, limit = CK_LRN_BLOCK * (size_t)range.panel_end;
  const size_t end = limit < inner ? limit : inner;
  const uint32_t step = inner == 1 ? CK_LRN_BLOCK : 1;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const uint8_t *x = bound->operand[0] + 4 * o * p.axis * inner;
    uint8_t *y = bound->operand[1] + 4 * o * p.axis * inner;
    for (uint32_t axis = 0; axis < p.axis; axis += step) {
      for (size_t inside = begin; inside < end; inside += CK_LRN_BLOCK) {
        const size_t left = inner == 1 ? p.axis - axis : end - inside;
        const uint32_t count = left < CK_LRN_BLOCK ? (uint32_t)left : CK_LRN_BLOCK;
        float factor[CK_LRN_BLOCK];
        for (uint32_t i = 0; i < CK_LRN_BLOCK; i++) factor[i] = 1.0f;
        for (uint32_t i = 0; i < count; i++) {
          const ck_lrn_place at = ck_lrn_element(&p, axis, inside, i);
          const uint32_t last = ck_lrn_last(&p, at.axis);
          float sum = 0.0f;
          for (uint32_t j = ck_lrn_first(&p, at.axis); j <= last; j++) {
            const float value = ck_load_f32(x + 4 * (j * inner + at.inside));
            sum += value * value;
          }
          factor[i] = p.bias + p.alpha * sum;
        }
        ck_lrn_factors(factor, p.beta);
        for (uint32_t i = 0; i < count; i++) {
          const ck_lrn_place place = ck_lrn_element(&p, axis, inside, i);
          const size_t at = 4 * (place.axis * inner + place.inside);
          ck_store_f32(y + at, ck_load_f32(x + at) * factor[i]);
        }
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  ck_bind_lrn(instruction, run, bound);
}

const ck_operator ck_operator_lrn_f32 = {CK_OP_LRN_F32, "lrn_f32", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
