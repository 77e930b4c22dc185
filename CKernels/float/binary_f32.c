/* float/binary_f32.c - BINARY_F32: a op b with broadcast strides, clamped; 16 elements of the last dimension at a time, read before any
 * is written. Maximum and minimum are NaN where an operand is. */
#include "ck_lanes.h"

#include "../check/ck_check.h"
#include "ck_f32.h"
#include "ck_math.h"

static const ck_binary_parameters *parameters(const ck_instruction *instruction) {
  return (const ck_binary_parameters *)instruction->parameters;
}

static uint64_t element_count(const ck_binary_parameters *p, uint32_t rank) {
  uint64_t count = 1;
  for (uint32_t i = 0; i < rank; i++) count = ck_multiply(count, p->dims[i]);
  return count;
}
/* Elements from the first to the last that the strides reach. */
static uint64_t reach(const ck_binary_parameters *p, const uint32_t *strides) {
  uint64_t last = 0;
  for (uint32_t i = 0; i < p->rank; i++) last = ck_add(last, ck_multiply(p->dims[i] - 1, strides[i]));
  return ck_add(last, 1);
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_binary_parameters)}));
  const ck_binary_parameters *p = parameters(instruction);
  CK_REQUIRE(p->kind <= CK_BINARY_POWER, CK_BAD_PARAMETER, ck_binary_parameters, kind);
  CK_REQUIRE(p->rank >= 1 && p->rank <= CK_MAX_RANK, CK_BAD_PARAMETER, ck_binary_parameters, rank);
  for (uint32_t i = 0; i < CK_MAX_RANK; i++) {
    CK_REQUIRE(i < p->rank ? p->dims[i] > 0 : p->dims[i] == 1, CK_BAD_PARAMETER, ck_binary_parameters, dims);
  }
  CK_REQUIRE(element_count(p, p->rank - 1) <= UINT32_MAX, CK_BAD_PARAMETER, ck_binary_parameters, dims);
  CK_REQUIRE(ck_is_clamp(p->float_min, p->float_max), CK_BAD_PARAMETER, ck_binary_parameters, float_min);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply(reach(p, p->a_stride), 4)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply(reach(p, p->b_stride), 4)));
  return ck_check_operand(instruction, operands, 2, CK_DTYPE_F32, ck_multiply(element_count(p, p->rank), 4));
}

static ck_lanes fetch(const float *at, uint32_t stride, size_t count) {
  if (stride == 1) return ck_lanes_load_part(at, count, 1.0f);
  if (stride == 0) return ck_lanes_splat(*at);
  float gathered[CK_LANES];
  for (size_t i = 0; i < CK_LANES; i++) gathered[i] = i < count ? at[i * stride] : 1.0f;
  return ck_lanes_load(gathered);
}

static void raise_to_power(ck_lanes *base, const ck_lanes *exponent, size_t count) {
  float a[CK_LANES], b[CK_LANES];
  ck_lanes_store(a, base);
  ck_lanes_store(b, exponent);
  for (size_t i = 0; i < CK_LANES && i < count; i++) a[i] = ck_pow_f32(a[i], b[i]);
  *base = ck_lanes_load(a);
}

static inline void write_row(const ck_binary_parameters *p, const float *a, const float *b, float *out, ck_span span, uint32_t kind) {
  const uint32_t a_stride = p->a_stride[p->rank - 1], b_stride = p->b_stride[p->rank - 1];
  for (size_t i = span.begin; i < span.begin + span.count; i += CK_LANES) {
    const size_t count = span.begin + span.count - i;
    ck_lanes x = fetch(a + i * a_stride, a_stride, count);
    const ck_lanes y = fetch(b + i * b_stride, b_stride, count);
    for (int v = 0; v < 4; v++) {
      switch (kind) {
      case CK_BINARY_ADD: x.v[v] += y.v[v]; break;
      case CK_BINARY_SUBTRACT: x.v[v] -= y.v[v]; break;
      case CK_BINARY_MULTIPLY: x.v[v] *= y.v[v]; break;
      case CK_BINARY_DIVIDE: x.v[v] /= y.v[v]; break;
      case CK_BINARY_MAXIMUM: x.v[v] = ck_f32x4_max(x.v[v], y.v[v]); break;
      case CK_BINARY_MINIMUM: x.v[v] = ck_f32x4_min(x.v[v], y.v[v]); break;
      default: break;
      }
    }
    if (kind == CK_BINARY_POWER) raise_to_power(&x, &y, count);
    ck_lanes_clamp(&x, p->float_min, p->float_max);
    ck_lanes_store_part(out + i, &x, count);
  }
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  const ck_binary_parameters *p = parameters(bound->instruction);
  const uint32_t outer = p->rank - 1, last = p->dims[outer];
  const ck_span span = ck_panel_span(range, last);
  uint32_t index[CK_MAX_RANK] = {0};
  size_t a = 0, b = 0, left = range.row_begin;
  for (uint32_t d = outer; d-- > 0; left /= p->dims[d]) {
    index[d] = (uint32_t)(left % p->dims[d]);
    a += (size_t)index[d] * p->a_stride[d];
    b += (size_t)index[d] * p->b_stride[d];
  }
  for (size_t r = range.row_begin; r < range.row_end; r++) {
    const float *x = ck_f32_input(bound, 0) + a, *y = ck_f32_input(bound, 1) + b;
    float *out = ck_f32_output(bound, 2) + r * last;
    switch (p->kind) {
    case CK_BINARY_ADD: write_row(p, x, y, out, span, CK_BINARY_ADD); break;
    case CK_BINARY_SUBTRACT: write_row(p, x, y, out, span, CK_BINARY_SUBTRACT); break;
    case CK_BINARY_MULTIPLY: write_row(p, x, y, out, span, CK_BINARY_MULTIPLY); break;
    case CK_BINARY_DIVIDE: write_row(p, x, y, out, span, CK_BINARY_DIVIDE); break;
    case CK_BINARY_MAXIMUM: write_row(p, x, y, out, span, CK_BINARY_MAXIMUM); break;
    case CK_BINARY_MINIMUM: write_row(p, x, y, out, span, CK_BINARY_MINIMUM); break;
    default: write_row(p, x, y, out, span, CK_BINARY_POWER); break;
    }
    for (uint32_t d = outer; d-- > 0;) {
      a += p->a_stride[d];
      b += p->b_stride[d];
      if (++index[d] < p->dims[d]) break;
      a -= (size_t)p->dims[d] * p->a_stride[d];
      b -= (size_t)p->dims[d] * p->b_stride[d];
      index[d] = 0;
    }
  }
  return CK_OK;
}

/* In place over an input that is read element for element. */
static uint64_t ahead(const ck_instruction *instruction, unsigned input) {
  const ck_binary_parameters *p = parameters(instruction);
  const uint32_t *strides = input == 0 ? p->a_stride : p->b_stride;
  uint64_t contiguous = 1;
  if (p->rank < 1 || p->rank > CK_MAX_RANK) return CK_DISJOINT;
  for (uint32_t d = p->rank; d-- > 0;) {
    if (p->dims[d] != 1 && strides[d] != contiguous) return CK_DISJOINT;
    contiguous = ck_multiply(contiguous, p->dims[d]);
  }
  return 0;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  const ck_binary_parameters *p = parameters(instruction);
  ck_bind_plain(bound, run, (uint32_t)element_count(p, p->rank - 1), ck_panel_count(p->dims[p->rank - 1]));
}

const ck_operator ck_operator_binary_f32 = {
    CK_OP_BINARY_F32, "binary_f32", check, NULL, ck_no_scratch, ahead, bind, NULL, 0,
};
