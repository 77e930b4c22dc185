/* binary/ck_binary_lines.h - the int8 binary operators by lines: runs of elements along which each operand is contiguous or repeats. */
#ifndef CK_BINARY_LINES_H
#define CK_BINARY_LINES_H

#include "../isa/ck_bytes.h"

#include "binary_s8.h"

#if CK_HAS_BYTES

/* An operand that repeats every so many elements, up to this many, is read from a copy. */
enum { ck_binary_period = 256 };

/* Where an operand is along a line: `advance` bytes further with each vector, back by `period` where that was passed. */
typedef struct ck_binary_operand {
  const uint8_t *base;
  size_t at, advance, period;
} ck_binary_operand;

CK_BYTES_BODY const uint8_t *ck_binary_next(ck_binary_operand *operand) {
  const uint8_t *vector = operand->base + operand->at;
  operand->at += operand->advance;
  if (operand->at >= operand->period) operand->at -= operand->period;
  return vector;
}

/* `kind` is a constant once inlined. */
CK_BYTES_BODY ck_floats ck_binary_combine(enum ck_binary_kind kind, ck_floats a, ck_floats b, ck_floats a_scale, ck_floats b_scale) {
  if (kind == CK_BINARY_MULTIPLY) return ck_floats_multiply(ck_floats_multiply(a, b), a_scale); /* a product of two bytes is exact */
  if (kind == CK_BINARY_DIVIDE) return ck_floats_multiply(ck_floats_ratio(a, b), a_scale);
  a = ck_floats_multiply(a, a_scale);
  b = ck_floats_multiply(b, b_scale);
  if (kind == CK_BINARY_ADD) return ck_floats_add(a, b);
  if (kind == CK_BINARY_SUBTRACT) return ck_floats_subtract(a, b);
  return kind == CK_BINARY_MAXIMUM ? ck_floats_max(a, b) : ck_floats_min(a, b);
}

CK_BYTES_BODY void ck_binary_vector(
    enum ck_binary_kind kind, const ck_binary_parameters *p, const uint8_t xor[2], const uint8_t *a, const uint8_t *b, uint8_t *out,
    size_t count) {
  const ck_quad x = ck_bytes_to_floats(ck_bytes_change(ck_bytes_load(a, count), xor[0]), p->a_zero_point);
  const ck_quad y = ck_bytes_to_floats(ck_bytes_change(ck_bytes_load(b, count), xor[1]), p->b_zero_point);
  const ck_floats a_scale = ck_floats_splat(p->a_scale), b_scale = ck_floats_splat(p->b_scale);
  ck_quad value;
  CK_UNROLL for (int i = 0; i < 4; i++) value.v[i] = ck_binary_combine(kind, x.v[i], y.v[i], a_scale, b_scale);
  if (kind == CK_BINARY_DIVIDE) ck_quad_below(&value); /* by zero; CK_TRAIT_BINARY_LARGE is left to the scalar kernel */
  ck_bytes_store(out, ck_bytes_of_floats(&value, p->output_zero_point, p->output_min, p->output_max), count);
}

CK_BYTES_BODY void ck_binary_line_of(
    enum ck_binary_kind kind, const ck_binary_parameters *parameters, const uint8_t operand_xor[2], const ck_binary_operand operand[2],
    uint8_t *out, size_t count) {
  const ck_binary_parameters p = *parameters; /* copies, which no store into the output can change */
  const uint8_t xor[2] = {operand_xor[0], operand_xor[1]};
  ck_binary_operand a = operand[0], b = operand[1];
  for (; count >= CK_BYTES; count -= CK_BYTES, out += CK_BYTES) {
    ck_binary_vector(kind, &p, xor, ck_binary_next(&a), ck_binary_next(&b), out, CK_BYTES);
  }
  if (count > 0) ck_binary_vector(kind, &p, xor, ck_binary_next(&a), ck_binary_next(&b), out, count);
}

CK_BYTES_TARGET static void ck_binary_line(
    const ck_binary_parameters *p, const uint8_t xor[2], const ck_binary_operand operand[2], uint8_t *out, size_t count) {
  switch (p->kind) {
  case CK_BINARY_ADD: ck_binary_line_of(CK_BINARY_ADD, p, xor, operand, out, count); break;
  case CK_BINARY_SUBTRACT: ck_binary_line_of(CK_BINARY_SUBTRACT, p, xor, operand, out, count); break;
  case CK_BINARY_MULTIPLY: ck_binary_line_of(CK_BINARY_MULTIPLY, p, xor, operand, out, count); break;
  case CK_BINARY_DIVIDE: ck_binary_line_of(CK_BINARY_DIVIDE, p, xor, operand, out, count); break;
  case CK_BINARY_MAXIMUM: ck_binary_line_of(CK_BINARY_MAXIMUM, p, xor, operand, out, count); break;
  default: ck_binary_line_of(CK_BINARY_MINIMUM, p, xor, operand, out, count); break;
  }
}

/* How the output divides into lines, and where the operands of a line begin. */
typedef struct ck_binary_walk {
  const uint32_t *dims, *stride[2]; /* of the instruction */
  unsigned outer;                   /* dimensions outside a line */
  size_t rows;                      /* that a line covers */
  size_t period[2];                 /* elements after which an operand repeats along the line; 0: never */
  size_t index[CK_MAX_RANK], offset[2];
} ck_binary_walk;

/* Joins dimensions to lines from the last one outward, as long as each operand goes on as it lies or repeats. Parts of rows stay alone. */
static inline void ck_binary_join(ck_binary_walk *walk, unsigned rank, bool whole_rows) {
  size_t length = 1;
  walk->rows = 1;
  for (walk->outer = rank; walk->outer > 0; walk->outer--) {
    const unsigned i = walk->outer - 1;
    if (i + 1 < rank && !whole_rows) return;
    size_t period[2] = {walk->period[0], walk->period[1]};
    for (unsigned o = 0; o < 2 && walk->dims[i] > 1; o++) {
      if (walk->stride[o][i] == 0 && period[o] == 0 && length <= ck_binary_period) period[o] = length;
      else if (walk->stride[o][i] != (period[o] == 0 ? length : 0)) return;
    }
    walk->period[0] = period[0];
    walk->period[1] = period[1];
    if (i + 1 < rank) walk->rows *= walk->dims[i];
    length *= walk->dims[i];
  }
}

static inline ck_binary_walk ck_binary_walk_from(const ck_binary_parameters *p, bool whole_rows, size_t row) {
  ck_binary_walk walk = {.dims = p->dims, .stride = {p->a_stride, p->b_stride}};
  ck_binary_join(&walk, p->rank, whole_rows);
  row /= walk.rows;
  for (unsigned i = walk.outer; i-- > 0; row /= p->dims[i]) {
    walk.index[i] = row % p->dims[i];
    for (unsigned o = 0; o < 2; o++) walk.offset[o] += walk.index[i] * walk.stride[o][i];
  }
  return walk;
}

static inline void ck_binary_next_line(ck_binary_walk *walk) {
  for (unsigned i = walk->outer; i-- > 0;) {
    for (unsigned o = 0; o < 2; o++) walk->offset[o] += walk->stride[o][i];
    if (++walk->index[i] < walk->dims[i]) return;
    for (unsigned o = 0; o < 2; o++) walk->offset[o] -= (size_t)walk->dims[i] * walk->stride[o][i];
    walk->index[i] = 0;
  }
}

/* The operand whose line begins at `line`, from element `first` of it on. */
CK_BYTES_BODY ck_binary_operand ck_binary_operand_of(
    uint8_t copy[ck_binary_period + CK_BYTES], const uint8_t *line, size_t period, size_t first) {
  if (period == 0) return (ck_binary_operand){line, first, CK_BYTES, SIZE_MAX};
  for (size_t filled = 0; filled < period + CK_BYTES; filled += period) {
    const size_t rest = period + CK_BYTES - filled;
    __builtin_memcpy(copy + filled, line, rest < period ? rest : period);
  }
  return (ck_binary_operand){copy, first % period, CK_BYTES % period, period};
}

CK_BYTES_BODY enum ck_status ck_binary_s8_lines(const ck_bound *bound, ck_range range) {
  const ck_binary_parameters *p = (const ck_binary_parameters *)(const void *)bound->instruction->parameters;
  const size_t columns = p->dims[ck_binary_last(p)], begin = 16 * (size_t)range.panel_begin;
  const size_t end = 16 * (size_t)range.panel_end < columns ? 16 * (size_t)range.panel_end : columns;
  if (begin >= end) return CK_OK;
  ck_binary_walk walk = ck_binary_walk_from(p, begin == 0 && end == columns, range.row_begin);
  uint8_t copy[2][ck_binary_period + CK_BYTES];
  for (size_t row = range.row_begin; row < range.row_end; ck_binary_next_line(&walk)) {
    const size_t in_line = row % walk.rows, left = range.row_end - row, rows = left < walk.rows - in_line ? left : walk.rows - in_line;
    ck_binary_operand operand[2];
    for (unsigned o = 0; o < 2; o++) {
      operand[o] = ck_binary_operand_of(copy[o], bound->operand[o] + walk.offset[o], walk.period[o], in_line * columns + begin);
    }
    ck_binary_line(
        p, bound->operand_xor, operand, bound->operand[2] + row * columns + begin, rows > 1 ? rows * columns : end - begin);
    row += rows;
  }
  return CK_OK;
}

#endif
#endif
