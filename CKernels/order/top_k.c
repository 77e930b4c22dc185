/* TOP_K - the k largest or smallest along the middle axis, in order (ck/parameters.h: ck_top_k_parameters). Rows are outer indices, panels 16
 * inner ones. The index output holds a heap of the best so far, the worst of them on top, which is sorted in place at the end. */
#include "ck_order.h"

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){1, 2, 0, 0, sizeof(ck_top_k_parameters)}));
  CK_PARAMETERS(ck_top_k_parameters, p, instruction);
  CK_REQUIRE(p.outer > 0, CK_BAD_PARAMETER, ck_top_k_parameters, outer);
  CK_REQUIRE(p.axis > 0 && p.axis <= INT32_MAX, CK_BAD_PARAMETER, ck_top_k_parameters, axis);
  CK_REQUIRE(p.inner > 0, CK_BAD_PARAMETER, ck_top_k_parameters, inner);
  CK_REQUIRE(p.k > 0 && p.k <= p.axis, CK_BAD_PARAMETER, ck_top_k_parameters, k);
  CK_REQUIRE(p.takes_largest <= 1, CK_BAD_PARAMETER, ck_top_k_parameters, takes_largest);
  CK_REQUIRE(ck_is_ordered_type(p.type), CK_BAD_PARAMETER, ck_top_k_parameters, type);
  const uint32_t size = ck_dtype_bytes((uint8_t)p.type);
  CK_TRY(ck_check_operand(instruction, operands, 0, (enum ck_dtype)p.type, ck_multiply4(p.outer, p.axis, p.inner, size)));
  CK_TRY(ck_check_operand(instruction, operands, 1, (enum ck_dtype)p.type, ck_multiply4(p.outer, p.k, p.inner, size)));
  CK_TRY(ck_check_operand(instruction, operands, 2, CK_DTYPE_S32, ck_multiply4(p.outer, p.k, p.inner, 4)));
  return ck_check_scratch(instruction, 0);
}

/* One column: its values, and the heap of its indices. */
typedef struct column {
  const uint8_t *values;
  uint8_t *heap;
  size_t first, heap_first, stride;
  uint32_t type;
  bool takes_largest;
  uint8_t xor;
} column;

static int32_t heap_at(const column *c, size_t place) { return ck_s32_at(c->heap, c->heap_first + place * c->stride); }
static void heap_set(const column *c, size_t place, int32_t index) { ck_s32_set(c->heap, c->heap_first + place * c->stride, index); }

/* Whether index a comes behind index b in the result. */
static bool is_worse(const column *c, int32_t a, int32_t b) {
  const int order = ck_order(c->values, c->first + (size_t)a * c->stride, c->first + (size_t)b * c->stride, c->type, c->xor);
  if (order == 0) return a > b;
  return c->takes_largest ? order < 0 : order > 0;
}

/* Lets `index` sink from the top of a heap of `count`. */
static void sink(const column *c, size_t count, int32_t index) {
  size_t place = 0;
  for (;;) {
    size_t child = 2 * place + 1;
    if (child >= count) break;
    if (child + 1 < count && is_worse(c, heap_at(c, child + 1), heap_at(c, child))) child++;
    if (!is_worse(c, heap_at(c, child), index)) break;
    heap_set(c, place, heap_at(c, child));
    place = child;
  }
  heap_set(c, place, index);
}

static void rise(const column *c, size_t place, int32_t index) {
  while (place > 0 && is_worse(c, index, heap_at(c, (place - 1) / 2))) {
    heap_set(c, place, heap_at(c, (place - 1) / 2));
    place = (place - 1) / 2;
  }
  heap_set(c, place, index);
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  CK_PARAMETERS(ck_top_k_parameters, p, bound->instruction);
  const uint32_t size = p.type == CK_DTYPE_S8 ? 1 : 4;
  const uint8_t change = size == 1 ? bound->operand_xor[0] ^ bound->operand_xor[1] : 0;
  for (size_t o = range.row_begin; o < range.row_end; o++) {
    for (size_t i = 16 * (size_t)range.panel_begin; i < 16 * (size_t)range.panel_end && i < p.inner; i++) {
      const column c = {
          bound->operand[0], bound->operand[2], o * p.axis * p.inner + i, o * p.k * p.inner + i, p.inner, p.type, p.takes_largest != 0,
          bound->operand_xor[0]};
      for (uint32_t j = 0; j < p.axis; j++) {
        if (j < p.k) rise(&c, j, (int32_t)j);
        else if (is_worse(&c, heap_at(&c, 0), (int32_t)j)) sink(&c, p.k, (int32_t)j);
      }
      for (size_t left = p.k; left-- > 1;) {
        const int32_t worst = heap_at(&c, 0), index = heap_at(&c, left);
        sink(&c, left, index);
        heap_set(&c, left, worst);
      }
      for (size_t j = 0; j < p.k; j++) {
        const uint8_t *from = c.values + (c.first + (size_t)heap_at(&c, j) * c.stride) * size;
        uint8_t *to = bound->operand[1] + (c.heap_first + j * c.stride) * size;
        for (uint32_t byte = 0; byte < size; byte++) to[byte] = from[byte] ^ change;
      }
    }
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)isa;
  CK_PARAMETERS(ck_top_k_parameters, p, instruction);
  bound->rows = p.outer;
  bound->panels = (uint32_t)ck_ceil_divide(p.inner, 16);
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_top_k = {CK_OP_TOP_K, "top_k", check, NULL, ck_no_scratch, ck_disjoint, bind, NULL, 0};
