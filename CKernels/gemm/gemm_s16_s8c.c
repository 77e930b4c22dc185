#include "gemm_s16_s8c.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "gemm_s16_s8c.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 4, CK_WEIGHTED_S16_FLAGS, sizeof(ck_gemm_parameters)}));
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  CK_REQUIRE(p.m > 0, CK_BAD_PARAMETER, ck_gemm_parameters, m);
  CK_REQUIRE(p.n > 0, CK_BAD_PARAMETER, ck_gemm_parameters, n);
  CK_REQUIRE(p.k > 0 && p.k <= CK_S16_MAX_DEPTH, CK_BAD_PARAMETER, ck_gemm_parameters, k);
  CK_REQUIRE(p.weight_layout == CK_LAYOUT_GEMM_C4X16, CK_BAD_PARAMETER, ck_gemm_parameters, weight_layout);
  CK_TRY(ck_check_quantization_s16(instruction, CK_GEMM_S16_QUANTIZATION));
  CK_TRY(ck_check_weighted_operands_s16(instruction, operands, ck_multiply(p.m, p.k), ck_multiply(p.m, p.n)));
  const uint64_t panels = ck_ceil_divide(p.n, 16);
  CK_TRY(ck_check_weighted_constants_s16(instruction, ck_multiply3(panels, ck_ceil_divide(p.k, 4), 64), panels));
  return ck_check_scratch(instruction, 0);
}

static ck_fault check_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  return ck_check_side_arrays_s16(instruction, constants, 1, p.n);
}

/* As GEMM_S8's, with elements of other sizes. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  (void)input;
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  const uint64_t out_row = ck_multiply(p.n, ck_s16_output_bytes(instruction));
  const uint64_t tile = p.m < 16 ? p.m : 16, first = ck_multiply(tile, out_row);
  const uint64_t written = ck_multiply(p.m, out_row), read = ck_multiply3(p.m - tile, p.k, 2);
  if (written == CK_TOO_LARGE || read == CK_TOO_LARGE) return CK_DISJOINT;
  return written > read && written - read > first ? written - read : first;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  bound->rows = p.m;
  bound->panels = (uint32_t)ck_ceil_divide(p.n, 16);
  ck_bind_variant(variants, variant_count, isa, 0, bound);
}

const ck_operator ck_operator_gemm_s16 = {
    CK_OP_GEMM_S16, "gemm_s16", check, check_constants, ck_no_scratch, ahead, bind, variants, variant_count};
