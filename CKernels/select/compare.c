/* COMPARE - truth values of a op b with broadcasting (ck/parameters.h: ck_compare_parameters). Int8 operands are compared as the real numbers
 * that they stand for, so that their scales may differ. */
#include "../isa/ck_fp.h"

#include "../check/ck_walk.h"
#include "../integer/ck_integer.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_compare_parameters)}));
  CK_PARAMETERS(ck_compare_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_COMPARE_LESS_OR_EQUAL, CK_BAD_PARAMETER, ck_compare_parameters, kind);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_compare_parameters, rank)));
  const bool is_s8 = p.type == CK_DTYPE_S8;
  CK_REQUIRE(is_s8 || p.type == CK_DTYPE_F32 || p.type == CK_DTYPE_S32 || p.type == CK_DTYPE_BOOL, CK_BAD_PARAMETER, ck_compare_parameters, type);
  CK_REQUIRE(is_s8 ? ck_is_scale(p.a_scale) : p.a_scale == 0.0f, CK_BAD_PARAMETER, ck_compare_parameters, a_scale);
  CK_REQUIRE(is_s8 ? ck_is_scale(p.b_scale) : p.b_scale == 0.0f, CK_BAD_PARAMETER, ck_compare_parameters, b_scale);
  CK_REQUIRE(is_s8 ? ck_is_s8(p.a_zero_point) : p.a_zero_point == 0, CK_BAD_PARAMETER, ck_compare_parameters, a_zero_point);
  CK_REQUIRE(is_s8 ? ck_is_s8(p.b_zero_point) : p.b_zero_point == 0, CK_BAD_PARAMETER, ck_compare_parameters, b_zero_point);
  const enum ck_dtype dtype = (enum ck_dtype)p.type;
  const uint32_t size = ck_dtype_bytes((uint8_t)dtype);
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, operands[0]->bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, operands[1]->bytes));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.a_stride, size, operands[0], CK_AT_PARAMETER(ck_compare_parameters, a_stride)));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.b_stride, size, operands[1], CK_AT_PARAMETER(ck_compare_parameters, b_stride)));
  CK_TRY(ck_check_operand(instruction, operands, 2, CK_DTYPE_BOOL, ck_walk_count(p.dims, p.rank)));
  return ck_check_scratch(instruction, 0);
}

/* A byte of output may take the place of the element that it is made of, and of those before. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  CK_PARAMETERS(ck_compare_parameters, p, instruction);
  if (p.rank < 1 || p.rank > CK_MAX_RANK) return CK_DISJOINT;
  return ck_walk_is_contiguous(p.rank, p.dims, input == 0 ? p.a_stride : p.b_stride) ? 0 : CK_DISJOINT;
}

#define CK_HOLDS(kind, a, b) \
  ((kind) == CK_COMPARE_EQUAL ? (a) == (b) : (kind) == CK_COMPARE_NOT_EQUAL ? (a) != (b) : (kind) == CK_COMPARE_LESS ? (a) < (b) : (a) <= (b))

static bool holds_real(uint32_t kind, float a, float b) { return CK_HOLDS(kind, a, b); }
static bool holds_integer(uint32_t kind, int32_t a, int32_t b) { return CK_HOLDS(kind, a, b); }

static float real_s8(const ck_bound *bound, unsigned operand, size_t at, int32_t zero_point, float scale) {
  const int32_t q = (int8_t)(bound->operand[operand][at] ^ bound->operand_xor[operand]);
  return (float)(q - zero_point) * scale;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_compare_parameters, p, bound->instruction);
  const unsigned last = p.rank - 1;
  const size_t columns = p.dims[last], begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end;
  const uint8_t *left = bound->operand[0], *right = bound->operand[1];
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t a = ck_walk_row(p.rank, p.dims, p.a_stride, row), b = ck_walk_row(p.rank, p.dims, p.b_stride, row);
    uint8_t *out = bound->operand[2] + row * columns;
    for (size_t i = begin; i < end && i < columns; i++) {
      const size_t x = a + i * p.a_stride[last], y = b + i * p.b_stride[last];
      switch (p.type) {
      case CK_DTYPE_F32: out[i] = holds_real(p.kind, ck_load_f32(left + 4 * x), ck_load_f32(right + 4 * y)); break;
      case CK_DTYPE_S32: out[i] = holds_integer(p.kind, ck_s32_at(left, x), ck_s32_at(right, y)); break;
      case CK_DTYPE_BOOL: out[i] = holds_integer(p.kind, left[x], right[y]); break;
      default:
        out[i] = holds_real(p.kind, real_s8(bound, 0, x, p.a_zero_point, p.a_scale), real_s8(bound, 1, y, p.b_zero_point, p.b_scale));
        break;
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_compare_parameters, p, instruction);
  ck_bind_walk(p.rank, p.dims, run, bound);
}

const ck_operator ck_operator_compare = {CK_OP_COMPARE, "compare", check, NULL, ck_no_scratch, ahead, bind, NULL, 0};
