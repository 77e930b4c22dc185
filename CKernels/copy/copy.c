/* COPY - moves elements between two strided views (ck/parameters.h: ck_copy_parameters). Rows are indices of the first dimension; one panel.
 * Input and output are disjoint. */
#include "../check/ck_check.h"

static ck_fault check_view(
    const ck_copy_parameters *p, const int32_t *stride, uint64_t offset, const ck_tensor *operand, uint16_t at_stride, uint16_t at_offset) {
  uint64_t below = 0, above = p->element_bytes;
  for (unsigned i = 0; i < p->rank; i++) {
    const uint64_t reach = ck_multiply(p->dims[i] - 1, stride[i] < 0 ? 0u - (uint32_t)stride[i] : (uint32_t)stride[i]);
    if (stride[i] < 0) below = ck_add(below, reach);
    else above = ck_add(above, reach);
  }
  if (below > offset) return ck_fail(CK_BAD_EXTENT, at_stride);
  if (ck_add(offset, above) > operand->bytes) return ck_fail(CK_BAD_EXTENT, at_offset);
  return ck_pass();
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 1, 0, CK_FLAG_FAST_FLOAT, sizeof(ck_copy_parameters)}));
  CK_PARAMETERS(ck_copy_parameters, p, instruction);
  CK_REQUIRE(p.rank >= 1 && p.rank <= CK_MAX_RANK, CK_BAD_PARAMETER, ck_copy_parameters, rank);
  if (operands[0]->dtype != operands[1]->dtype) return ck_fail(CK_BAD_OPERANDS, CK_AT(operand) + 4);
  const uint32_t element_bytes = ck_dtype_bytes(operands[1]->dtype);
  CK_REQUIRE(element_bytes > 0 && p.element_bytes == element_bytes, CK_BAD_PARAMETER, ck_copy_parameters, element_bytes);
  uint64_t bytes = p.element_bytes;
  for (unsigned i = 0; i < CK_MAX_RANK; i++) {
    CK_REQUIRE(i < p.rank ? p.dims[i] > 0 : p.dims[i] == 1, CK_BAD_PARAMETER, ck_copy_parameters, dims);
    CK_REQUIRE(i < p.rank || p.input_stride[i] == 0, CK_BAD_PARAMETER, ck_copy_parameters, input_stride);
    CK_REQUIRE(i < p.rank ? p.output_stride[i] >= 0 : p.output_stride[i] == 0, CK_BAD_PARAMETER, ck_copy_parameters, output_stride);
    bytes = ck_multiply(bytes, p.dims[i]);
  }
  CK_REQUIRE(bytes <= operands[1]->bytes, CK_BAD_EXTENT, ck_copy_parameters, dims); /* each element written once at most: bounds the time */
  CK_TRY(check_view(&p, p.input_stride, p.input_offset, operands[0], CK_AT_PARAMETER(ck_copy_parameters, input_stride),
                    CK_AT_PARAMETER(ck_copy_parameters, input_offset)));
  CK_TRY(check_view(&p, p.output_stride, p.output_offset, operands[1], CK_AT_PARAMETER(ck_copy_parameters, output_stride),
                    CK_AT_PARAMETER(ck_copy_parameters, output_offset)));
  return ck_check_scratch(instruction, 0);
}

/* One run along the last dimension; a constant size lets the compiler make loads and stores of the copies. */
#define CK_COPY_RUN(size) \
  for (size_t i = 0; i < count; i++, from += from_stride, to += to_stride) __builtin_memcpy(to, from, size)
static void copy_run(
    const uint8_t *restrict from, ptrdiff_t from_stride, uint8_t *restrict to, ptrdiff_t to_stride, size_t count, uint32_t element_bytes) {
  if (from_stride == (ptrdiff_t)element_bytes && to_stride == (ptrdiff_t)element_bytes) {
    __builtin_memcpy(to, from, count * element_bytes);
    return;
  }
  switch (element_bytes) {
  case 1: CK_COPY_RUN(1); break;
  case 2: CK_COPY_RUN(2); break;
  case 4: CK_COPY_RUN(4); break;
  case 8: CK_COPY_RUN(8); break;
  case 16: CK_COPY_RUN(16); break;
  default: CK_COPY_RUN(32); break;
  }
}

/* A short contiguous run is one wide element: the loop then runs over the dimension before it, with moves of a constant size. */
static void widen(ck_copy_parameters *p) {
  while (p->rank > 1) {
    const unsigned last = p->rank - 1;
    const int32_t bytes = (int32_t)p->element_bytes;
    const uint64_t run = (uint64_t)p->dims[last] * p->element_bytes;
    if (p->dims[last] != 1 && (p->input_stride[last] != bytes || p->output_stride[last] != bytes)) return;
    if (run > 32 || (run & (run - 1)) != 0) return;
    p->element_bytes = (uint32_t)run;
    p->rank--;
  }
}

/* Short runs of scattered elements, such as the three channels of a pixel that were planes: the longest dimension then runs innermost, since the
 * order of moves between disjoint views is free. */
static void lengthen(ck_copy_parameters *p) {
  const unsigned last = p->rank - 1;
  const int32_t bytes = (int32_t)p->element_bytes;
  if (p->input_stride[last] == bytes && p->output_stride[last] == bytes) return;
  unsigned longest = last;
  for (unsigned i = 0; i < last; i++) {
    if (p->dims[i] > p->dims[longest]) longest = i;
  }
  if (p->dims[last] >= 16 || longest == last) return;
  const uint32_t dim = p->dims[last];
  const int32_t in = p->input_stride[last], out = p->output_stride[last];
  p->dims[last] = p->dims[longest];
  p->input_stride[last] = p->input_stride[longest];
  p->output_stride[last] = p->output_stride[longest];
  p->dims[longest] = dim;
  p->input_stride[longest] = in;
  p->output_stride[longest] = out;
}

/* The same from one s8 domain to the other. */
static void copy_changed(
    const uint8_t *restrict from, ptrdiff_t from_stride, uint8_t *restrict to, ptrdiff_t to_stride, size_t count, uint8_t change) {
  for (size_t i = 0; i < count; i++) to[(ptrdiff_t)i * to_stride] = from[(ptrdiff_t)i * from_stride] ^ change;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_copy_parameters, p, bound->instruction);
  if (range.row_begin >= range.row_end || range.panel_begin >= range.panel_end) return CK_OK;
  const uint8_t change = p.element_bytes == 1 ? bound->operand_xor[0] ^ bound->operand_xor[1] : 0;
  const uint8_t *from = bound->operand[0] + p.input_offset + (ptrdiff_t)range.row_begin * p.input_stride[0];
  uint8_t *to = bound->operand[1] + p.output_offset + (ptrdiff_t)range.row_begin * p.output_stride[0];
  p.dims[0] = range.row_end - range.row_begin;
  if (change == 0) widen(&p);
  lengthen(&p);
  const unsigned last = p.rank - 1;
  uint32_t index[CK_MAX_RANK] = {0};
  for (;;) {
    if (change == 0) copy_run(from, p.input_stride[last], to, p.output_stride[last], p.dims[last], p.element_bytes);
    else copy_changed(from, p.input_stride[last], to, p.output_stride[last], p.dims[last], change);
    unsigned i = last;
    for (;;) {
      if (i == 0) return CK_OK;
      i--;
      if (++index[i] < p.dims[i]) break;
      from -= (ptrdiff_t)(p.dims[i] - 1) * p.input_stride[i];
      to -= (ptrdiff_t)(p.dims[i] - 1) * p.output_stride[i];
      index[i] = 0;
    }
    from += p.input_stride[i];
    to += p.output_stride[i];
  }
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_copy_parameters, p, instruction);
  bound->rows = p.dims[0];
  bound->panels = 1;
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_copy = {CK_OP_COPY, "copy", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
