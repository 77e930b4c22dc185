#include "binary_s8.h"

static const ck_variant variants[] = {
#define CK_KERNEL CK_VARIANT_ROW
#include "binary_s8.inc"
#undef CK_KERNEL
};
enum { variant_count = sizeof variants / sizeof variants[0] };

static uint64_t dims_product(const ck_binary_parameters *p, unsigned count) {
  uint64_t product = 1;
  for (unsigned i = 0; i < count; i++) product = ck_multiply(product, p->dims[i]);
  return product;
}

/* Elements from the first to the last one read. */
static uint64_t extent(const ck_binary_parameters *p, const uint32_t *stride) {
  uint64_t last = 0;
  for (unsigned i = 0; i < p->rank; i++) last = ck_add(last, ck_multiply(p->dims[i] - 1, stride[i]));
  return ck_add(last, 1);
}

static bool lies_like_output(const ck_binary_parameters *p, const uint32_t *stride) {
  uint64_t expected = 1;
  for (unsigned i = p->rank; i-- > 0;) {
    if (p->dims[i] > 1 && stride[i] != expected) return false;
    expected = ck_multiply(expected, p->dims[i]);
  }
  return true;
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_binary_parameters)}));
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_BINARY_MINIMUM, CK_BAD_PARAMETER, ck_binary_parameters, kind);
  CK_REQUIRE(p.rank >= 1 && p.rank <= CK_MAX_RANK, CK_BAD_PARAMETER, ck_binary_parameters, rank);
  for (unsigned i = 0; i < CK_MAX_RANK; i++) {
    CK_REQUIRE(i < p.rank ? p.dims[i] > 0 : p.dims[i] == 1, CK_BAD_PARAMETER, ck_binary_parameters, dims);
    CK_REQUIRE(i < p.rank || p.a_stride[i] == 0, CK_BAD_PARAMETER, ck_binary_parameters, a_stride);
    CK_REQUIRE(i < p.rank || p.b_stride[i] == 0, CK_BAD_PARAMETER, ck_binary_parameters, b_stride);
  }
  const bool product = p.kind == CK_BINARY_MULTIPLY || p.kind == CK_BINARY_DIVIDE; /* one scale, a_scale, for both */
  CK_REQUIRE(ck_is_scale(p.a_scale), CK_BAD_PARAMETER, ck_binary_parameters, a_scale);
  CK_REQUIRE(product || ck_is_scale(p.b_scale), CK_BAD_PARAMETER, ck_binary_parameters, b_scale);
  CK_REQUIRE(p.reserved == 0, CK_BAD_PARAMETER, ck_binary_parameters, reserved);
  CK_REQUIRE_S8_OUTPUT(p, ck_binary_parameters);
  const uint64_t count = dims_product(&p, p.rank);
  CK_REQUIRE(dims_product(&p, p.rank - 1) <= UINT32_MAX, CK_BAD_PARAMETER, ck_binary_parameters, dims);
  for (unsigned i = 0; i < 2; i++) {
    const uint64_t bytes = extent(&p, i == 0 ? p.a_stride : p.b_stride);
    if (operands[i]->bytes < bytes) return ck_fail(CK_BAD_EXTENT, (uint16_t)(CK_AT(operand) + 4 * i));
    CK_TRY(ck_check_operand(instruction, operands, i, CK_DTYPE_S8, operands[i]->bytes));
  }
  CK_TRY(ck_check_operand(instruction, operands, 2, CK_DTYPE_S8, count));
  return ck_check_scratch(instruction, 0);
}

static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  return lies_like_output(&p, input == 0 ? p.a_stride : p.b_stride) ? 0 : CK_DISJOINT;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  CK_PARAMETERS(ck_binary_parameters, p, instruction);
  const unsigned last = ck_binary_last(&p);
  uint32_t wanted = 0;
  if (p.dims[last] > 1 && (p.a_stride[last] > 1 || p.b_stride[last] > 1)) wanted |= CK_TRAIT_GAPS;
  const bool product = p.kind == CK_BINARY_MULTIPLY || p.kind == CK_BINARY_DIVIDE;
  if (p.a_scale >= CK_BINARY_LARGE_SCALE || (!product && p.b_scale >= CK_BINARY_LARGE_SCALE)) wanted |= CK_TRAIT_BINARY_LARGE;
  if (!lies_like_output(&p, p.a_stride) || !lies_like_output(&p, p.b_stride)) wanted |= CK_TRAIT_BINARY_BROADCAST;
  if (p.kind != CK_BINARY_ADD && p.kind != CK_BINARY_SUBTRACT && p.kind != CK_BINARY_MULTIPLY) wanted |= CK_TRAIT_BINARY_OTHER;
  bound->rows = (uint32_t)dims_product(&p, p.rank - 1);
  bound->panels = (uint32_t)ck_ceil_divide(p.dims[last], 16);
  ck_bind_variant(variants, variant_count, isa, wanted, bound);
}

const ck_operator ck_operator_binary_s8 = {CK_OP_BINARY_S8, "binary_s8", check, NULL, ck_no_scratch, ahead, bind, variants, variant_count};
