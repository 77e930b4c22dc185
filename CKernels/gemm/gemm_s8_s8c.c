#include "gemm_s8_s8c.h"

#include "ck_tile.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "gemm_s8_s8c.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, ck_weighted_form(instruction, sizeof(ck_gemm_parameters))));
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  CK_REQUIRE(p.m > 0, CK_BAD_PARAMETER, ck_gemm_parameters, m);
  CK_REQUIRE(p.n > 0, CK_BAD_PARAMETER, ck_gemm_parameters, n);
  CK_REQUIRE(p.k > 0, CK_BAD_PARAMETER, ck_gemm_parameters, k);
  CK_REQUIRE(p.weight_layout == CK_LAYOUT_GEMM_C4X16, CK_BAD_PARAMETER, ck_gemm_parameters, weight_layout);
  CK_TRY(ck_check_quantization(instruction, CK_GEMM_QUANTIZATION));
  CK_TRY(ck_check_weighted_operands(instruction, operands, ck_multiply(p.m, p.k), ck_multiply(p.m, p.n)));
  const uint64_t panels = ck_ceil_divide(p.n, 16);
  CK_TRY(ck_check_weighted_constants(instruction, ck_multiply3(panels, ck_ceil_divide(p.k, 4), 64), panels));
  return ck_check_scratch(instruction, 0);
}

static ck_fault check_constants(const ck_instruction *instruction, const uint8_t *const *constants) {
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  return ck_check_scales(instruction, constants, 1, p.n);
}

/* Rows [0, e) are written while rows from e - 16 on are still read: max over e of e * row bytes out - max(0, e - 16) * row bytes in,
 * which is largest at one of the ends. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  if (input == 1) return CK_SAME_PLACE; /* the residual */
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  const uint64_t out_row = ck_multiply(p.n, instruction->flags & CK_FLAG_F32_OUTPUT ? 4 : 1);
  const uint64_t tile = p.m < 16 ? p.m : 16, first = ck_multiply(tile, out_row);
  const uint64_t written = ck_multiply(p.m, out_row), read = ck_multiply(p.m - tile, p.k);
  if (written == CK_TOO_LARGE || read == CK_TOO_LARGE) return CK_DISJOINT;
  return written > read && written - read > first ? written - read : first;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_gemm_parameters, p, instruction);
  bound->rows = p.m;
  bound->panels = (uint32_t)ck_ceil_divide(p.n, 16);
  ck_bind_variant(variants, variant_count, isa, ck_weighted_traits(instruction, CK_GEMM_QUANTIZATION, bound->operand_xor[0]), bound);
}

const ck_operator ck_operator_gemm_s8 = {
    CK_OP_GEMM_S8, "gemm_s8", check, check_constants, ck_no_scratch, ahead, bind, variants, variant_count};
