/* BINARY_INT - a op b on integers or truth values (ck/parameters.h: ck_binary_int_parameters). Everything is defined: sums and products
 * wrap around, a division by 0 gives 0. An operand that lies like the output may be the output. */
#include "../check/ck_walk.h"
#include "ck_integer.h"

static bool is_logic(uint32_t kind) { return kind >= CK_BINARY_INT_AND && kind <= CK_BINARY_INT_XOR; }

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, 0, sizeof(ck_binary_int_parameters)}));
  CK_PARAMETERS(ck_binary_int_parameters, p, instruction);
  CK_REQUIRE(p.kind <= CK_BINARY_INT_SHIFT_RIGHT, CK_BAD_PARAMETER, ck_binary_int_parameters, kind);
  CK_TRY(ck_check_walk(p.rank, p.dims, CK_AT_PARAMETER(ck_binary_int_parameters, rank)));
  CK_REQUIRE(ck_is_integer_tensor(operands[2], p.type), CK_BAD_PARAMETER, ck_binary_int_parameters, type);
  CK_REQUIRE(p.type != CK_DTYPE_BOOL || is_logic(p.kind), CK_BAD_PARAMETER, ck_binary_int_parameters, kind);
  const enum ck_dtype dtype = (enum ck_dtype)operands[2]->dtype;
  const uint32_t size = ck_dtype_bytes((uint8_t)dtype);
  CK_TRY(ck_check_operand(instruction, operands, 0, dtype, operands[0]->bytes));
  CK_TRY(ck_check_operand(instruction, operands, 1, dtype, operands[1]->bytes));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.a_stride, size, operands[0], CK_AT_PARAMETER(ck_binary_int_parameters, a_stride)));
  CK_TRY(ck_check_walk_operand(p.rank, p.dims, p.b_stride, size, operands[1], CK_AT_PARAMETER(ck_binary_int_parameters, b_stride)));
  CK_TRY(ck_check_operand(instruction, operands, 2, dtype, ck_multiply(ck_walk_count(p.dims, p.rank), size)));
  return ck_check_scratch(instruction, 0);
}

static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  CK_PARAMETERS(ck_binary_int_parameters, p, instruction);
  if (p.rank < 1 || p.rank > CK_MAX_RANK) return CK_DISJOINT;
  return ck_walk_is_contiguous(p.rank, p.dims, input == 0 ? p.a_stride : p.b_stride) ? 0 : CK_DISJOINT;
}

/* The smallest integer has no positive counterpart: its quotient by -1 wraps around, its remainder is 0. */
static int32_t divide(int32_t a, int32_t b) { return b == 0 ? 0 : b == -1 ? (int32_t)(0u - (uint32_t)a) : a / b; }
static int32_t divide_remainder(int32_t a, int32_t b) { return b == 0 || b == -1 ? 0 : a % b; }

static int32_t power(int32_t a, int32_t b) {
  if (b < 0) return a == 1 ? 1 : a == -1 ? (b % 2 == 0 ? 1 : -1) : 0;
  uint32_t base = (uint32_t)a, result = 1;
  for (uint32_t left = (uint32_t)b; left > 0; left >>= 1, base *= base) {
    if (left & 1) result *= base;
  }
  return (int32_t)result;
}

static uint32_t combine(uint32_t kind, int32_t a, int32_t b) {
  const uint32_t x = (uint32_t)a, y = (uint32_t)b;
  const int32_t remainder = divide_remainder(a, b);
  const bool is_below = remainder != 0 && (remainder < 0) != (b < 0); /* the quotient toward zero is one too large */
  switch (kind) {
  case CK_BINARY_INT_ADD: return x + y;
  case CK_BINARY_INT_SUBTRACT: return x - y;
  case CK_BINARY_INT_MULTIPLY: return x * y;
  case CK_BINARY_INT_DIVIDE: return (uint32_t)divide(a, b);
  case CK_BINARY_INT_FLOOR_DIVIDE: return (uint32_t)divide(a, b) - is_below;
  case CK_BINARY_INT_REMAINDER: return (uint32_t)remainder;
  case CK_BINARY_INT_FLOOR_REMAINDER: return (uint32_t)remainder + (is_below ? y : 0);
  case CK_BINARY_INT_MAXIMUM: return a > b ? x : y;
  case CK_BINARY_INT_MINIMUM: return a < b ? x : y;
  case CK_BINARY_INT_POWER: return (uint32_t)power(a, b);
  case CK_BINARY_INT_AND: return x & y;
  case CK_BINARY_INT_OR: return x | y;
  case CK_BINARY_INT_XOR: return x ^ y;
  case CK_BINARY_INT_SHIFT_LEFT: return y < 32 ? x << y : 0;
  default: return (uint32_t)(a >> (y < 32 ? y : 31));
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_binary_int_parameters, p, bound->instruction);
  const unsigned last = p.rank - 1;
  const size_t columns = p.dims[last], begin = 16 * (size_t)range.panel_begin, end = 16 * (size_t)range.panel_end;
  for (size_t row = range.row_begin; row < range.row_end; row++) {
    const size_t a = ck_walk_row(p.rank, p.dims, p.a_stride, row), b = ck_walk_row(p.rank, p.dims, p.b_stride, row);
    for (size_t i = begin; i < end && i < columns; i++) {
      const size_t x = a + i * p.a_stride[last], y = b + i * p.b_stride[last], out = row * columns + i;
      if (p.type == CK_DTYPE_BOOL) {
        bound->operand[2][out] = (uint8_t)combine(p.kind, bound->operand[0][x] != 0, bound->operand[1][y] != 0);
      } else {
        const uint32_t result = combine(p.kind, ck_s32_at(bound->operand[0], x), ck_s32_at(bound->operand[1], y));
        ck_s32_set(bound->operand[2], out, ck_wrap_s32(result, p.type));
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_binary_int_parameters, p, instruction);
  ck_bind_walk(p.rank, p.dims, run, bound);
}

const ck_operator ck_operator_binary_int = {CK_OP_BINARY_INT, "binary_int", check, NULL, ck_no_scratch, ahead, bind, NULL, 0};
