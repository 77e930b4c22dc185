#include "binary_s16.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "binary_s16.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, CK_FLAG_S8_OUTPUT, sizeof(ck_binary_parameters)}));
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  const bool s8 = (instruction->flags & CK_FLAG_S8_OUTPUT) != 0;
  CK_REQUIRE(p.kind <= CK_BINARY_MINIMUM, CK_BAD_PARAMETER, ck_binary_parameters, kind);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_binary_parameters, rank)));
  const bool product = p.kind == CK_BINARY_MULTIPLY || p.kind == CK_BINARY_DIVIDE; /* one scale, a_scale, for both */
  CK_REQUIRE(ck_is_scale(p.a_scale), CK_BAD_PARAMETER, ck_binary_parameters, a_scale);
  CK_REQUIRE(product || ck_is_scale(p.b_scale), CK_BAD_PARAMETER, ck_binary_parameters, b_scale);
  CK_REQUIRE(p.a_zero_point == 0, CK_BAD_PARAMETER, ck_binary_parameters, a_zero_point);
  CK_REQUIRE(p.b_zero_point == 0, CK_BAD_PARAMETER, ck_binary_parameters, b_zero_point);
  CK_REQUIRE(p.reserved == 0, CK_BAD_PARAMETER, ck_binary_parameters, reserved);
  CK_REQUIRE_S16_OUTPUT(p, ck_binary_parameters, s8);
  for (unsigned i = 0; i < 2; i++) {
    CK_TRY(ck_check_walk_operand(
        p.rank, p.dims, i == 0 ? p.a_stride : p.b_stride, 2, operands[i],
        i == 0 ? CK_AT_PARAMETER(ck_binary_parameters, a_stride) : CK_AT_PARAMETER(ck_binary_parameters, b_stride)));
    CK_TRY(ck_check_operand(instruction, operands, i, CK_DTYPE_S16, operands[i]->bytes));
  }
  CK_TRY(ck_check_operand(
      instruction, operands, 2, ck_s16_output_dtype(instruction),
      ck_multiply(ck_walk_count(p.dims, p.rank), ck_s16_output_bytes(instruction))));
  return ck_check_scratch(instruction, 0);
}

static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  return ck_walk_is_contiguous(p.rank, p.dims, input == 0 ? p.a_stride : p.b_stride) ? 0 : CK_DISJOINT;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  uint32_t wanted = 1u << p.kind;
  const bool alike = ck_walk_is_contiguous(p.rank, p.dims, p.a_stride) && ck_walk_is_contiguous(p.rank, p.dims, p.b_stride);
  if (!alike) wanted |= CK_TRAIT_WORDS_STRIDED;
  bound->rows = (uint32_t)ck_walk_count(p.dims, p.rank - 1);
  bound->panels = (uint32_t)ck_ceil_divide(p.dims[p.rank - 1], 16);
  ck_bind_variant(variants, variant_count, isa, wanted, bound);
}

const ck_operator ck_operator_binary_s16 = {
    CK_OP_BINARY_S16, "binary_s16", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
