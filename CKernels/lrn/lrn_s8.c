/* LRN_S8 - the same on int8: the squares of steps from the zero point are summed exactly, the rest is float (ck/parameters.h:
 * ck_lrn_parameters). */
#include "ck_lrn.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_lrn(instruction, operands, CK_DTYPE_S8));
  CK_PARAMETERS(parameters, p, instruction);
  /* 2^16 squares of at most 255 stay below 2^32. */
  CK_REQUIRE(ck_is_scale(p.input_scale), CK_BAD_PARAMETER, parameters, input_scale);
  CK_REQUIRE(ck_is_scale(p.output_scale_inverse), CK_BAD_PARAMETER, parameters, output_scale_inverse);
  CK_REQUIRE(ck_is_s8(p.input_zero_point), CK_BAD_PARAMETER, parameters, input_zero_point);
  CK_REQUIRE_S8_OUTPUT(p, parameters);
  return ck_pass();
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(parameters, p, bound->instruction);
  const size_t inner = p.inner, begin = CK_LRN_BLOCK * (size_t)range.panel_begin, limit = CK_LRN_BLOCK * (size_t)range.panel_end;
  const size_t end = limit < inner ? limit : inner;
  const uint32_t step = inner == 1 ? CK_LRN_BLOCK : 1;
  const float squares_scale = p.alpha * (p.input_scale * p.input_scale), scale = p.input_scale * p.output_scale_inverse;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    const uint8_t *x = bound->operand[0] + o * p.axis * inner;
    uint8_t *y = bound->operand[1] + o * p.axis * inner;
    for (uint32_t axis = 0; axis < p.axis; axis += step) {
      for (size_t inside = begin; inside < end; inside += CK_LRN_BLOCK) {
        const size_t left = inner == 1 ? p.axis - axis : end - inside;
        const uint32_t count = left < CK_LRN_BLOCK ? (uint32_t)left : CK_LRN_BLOCK;
        float factor[CK_LRN_BLOCK];
        for (uint32_t i = 0; i < CK_LRN_BLOCK; i++) factor[i] = 1.0f;
        for (uint32_t i = 0; i < count; i++) {
          const ck_lrn_place at = ck_lrn_element(&p, axis, inside, i);
          const uint32_t last = ck_lrn_last(&p, at.axis);
          uint32_t sum = 0;
          for (uint32_t j = ck_lrn_first(&p, at.axis); j <= last; j++) {
            const int32_t steps = (int8_t)(x[j * inner + at.inside] ^ bound->operand_xor[0]) - p.input_zero_point;
            sum += (uint32_t)(steps * steps);
          }
          factor[i] = p.bias + squares_scale * (float)sum;
        }
        ck_lrn_factors(factor, p.beta);
        for (uint32_t i = 0; i < count; i++) {
          const ck_lrn_place place = ck_lrn_element(&p, axis, inside, i);
          const size_t at = place.axis * inner + place.inside;
          const float steps = (float)((int8_t)(x[at] ^ bound->operand_xor[0]) - p.input_zero_point);
          const int32_t level = ck_quantize_s8(steps * scale * factor[i], p.output_zero_point, p.output_min, p.output_max);
          y[at] = (uint8_t)level ^ bound->operand_xor[1];
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

const ck_operator ck_operator_lrn_s8 = {CK_OP_LRN_S8, "lrn_s8", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
