/* NON_MAX_SUPPRESSION - the best boxes of each class that overlap no better one too much (ck/parameters.h:
 * ck_non_max_suppression_parameters). One row, one panel: where a selection goes depends on how many came before.
 *
 * Scratch: the candidates of one class, then the corners of the selected boxes. */
#include "ck_boxes.h"

typedef ck_non_max_suppression_parameters parameters;

static uint64_t candidate_bytes(const parameters *p) { return ck_round_up(ck_multiply(p->boxes, sizeof(ck_candidate)), CK_TENSOR_ALIGNMENT); }

static uint64_t scratch(const ck_instruction *instruction) {
  CK_PARAMETERS(parameters, p, instruction);
  return ck_add(candidate_bytes(&p), ck_multiply(p.limit, sizeof(ck_box)));
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){2, 3, 0, 0, sizeof(parameters)}));
  CK_PARAMETERS(parameters, p, instruction);
  CK_REQUIRE(p.batch > 0 && p.batch <= INT32_MAX, CK_BAD_PARAMETER, parameters, batch);
  CK_REQUIRE(p.classes > 0 && p.classes <= INT32_MAX, CK_BAD_PARAMETER, parameters, classes);
  CK_REQUIRE(p.boxes > 0 && p.boxes <= INT32_MAX, CK_BAD_PARAMETER, parameters, boxes);
  CK_REQUIRE(p.limit > 0 && p.limit <= p.boxes, CK_BAD_PARAMETER, parameters, limit);
  CK_REQUIRE(p.rows <= INT32_MAX && ck_multiply3(p.batch, p.classes, p.limit) <= p.rows, CK_BAD_PARAMETER, parameters, rows);
  CK_REQUIRE(p.columns == 1 || p.columns == 3, CK_BAD_PARAMETER, parameters, columns);
  CK_REQUIRE(p.form <= CK_BOX_CENTRE, CK_BAD_PARAMETER, parameters, form);
  CK_REQUIRE(p.includes_threshold <= 1, CK_BAD_PARAMETER, parameters, includes_threshold);
  CK_REQUIRE(p.takes_all_scores <= 1, CK_BAD_PARAMETER, parameters, takes_all_scores);
  CK_REQUIRE(p.decay <= 0.0f, CK_BAD_PARAMETER, parameters, decay);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply3(p.batch, p.boxes, 16)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply4(p.batch, p.classes, p.boxes, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 2, CK_DTYPE_S32, ck_multiply3(p.rows, p.columns, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 3, CK_DTYPE_F32, ck_multiply(p.rows, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 4, CK_DTYPE_S32, 4));
  return ck_check_scratch(instruction, scratch(instruction));
}

static ck_box box_at(const parameters *p, const uint8_t *boxes, uint32_t index) {
  const uint8_t *at = boxes + 16 * (size_t)index;
  const float a = ck_load_f32(at), b = ck_load_f32(at + 4), c = ck_load_f32(at + 8), d = ck_load_f32(at + 12);
  if (p->form == CK_BOX_CENTRE) return (ck_box){b - d / 2.0f, a - c / 2.0f, b + d / 2.0f, a + c / 2.0f};
  return (ck_box){ck_lesser_f32(a, c), ck_lesser_f32(b, d), ck_greater_f32(a, c), ck_greater_f32(b, d)};
}

static ck_box selected_at(const uint8_t *selected, uint32_t place) {
  ck_box box;
  __builtin_memcpy(&box, selected + (size_t)place * sizeof box, sizeof box);
  return box;
}

/* Compares a candidate with the boxes selected since it was compared last; false where one of them suppresses it. */
static bool survives(const parameters *p, ck_candidate *candidate, ck_box box, const uint8_t *selected, uint32_t count) {
  for (uint32_t j = count; j-- > candidate->compared;) {
    const float overlap = ck_overlap(box, selected_at(selected, j));
    if (p->includes_threshold ? overlap >= p->overlap_threshold : overlap > p->overlap_threshold) return false;
    if (p->decay == 0.0f) continue;
    candidate->score *= ck_exp_f32(p->decay * overlap * overlap);
    /* NaN too: an order of candidates must exist. */
    if (!(candidate->score > p->score_threshold)) return false;
  }
  candidate->compared = count;
  return true;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  (void)range;
  CK_PARAMETERS(parameters, p, bound->instruction);
  uint8_t *indices = bound->operand[2], *scores_out = bound->operand[3];
  uint8_t *selected = bound->scratch + candidate_bytes(&p);
  uint32_t rows = 0;
  for (uint32_t batch = 0; batch < p.batch; batch++) {
    const uint8_t *boxes = bound->operand[0] + (size_t)batch * p.boxes * 16;
    for (uint32_t class = 0; class < p.classes; class++) {
      const uint8_t *scores = bound->operand[1] + ((size_t)batch * p.classes + class) * p.boxes * 4;
      ck_heap heap = {bound->scratch, 0};
      for (uint32_t i = 0; i < p.boxes; i++) {
        const float score = ck_load_f32(scores + 4 * (size_t)i);
        if (score > p.score_threshold || (p.takes_all_scores && score == score)) ck_heap_push(&heap, (ck_candidate){score, i, 0});
      }
      uint32_t count = 0;
      while (count < p.limit && heap.count > 0) {
        ck_candidate next = ck_heap_pop(&heap);
        const float score = next.score;
        const ck_box box = box_at(&p, boxes, next.index);
        if (!survives(&p, &next, box, selected, count)) continue;
        if (next.score != score) {
          /* Its score fell, maybe behind that of others. */
          ck_heap_push(&heap, next);
          continue;
        }
        __builtin_memcpy(selected + (size_t)count++ * sizeof box, &box, sizeof box);
        if (p.columns == 3) {
          ck_s32_set(indices, 3 * (size_t)rows, (int32_t)batch);
          ck_s32_set(indices, 3 * (size_t)rows + 1, (int32_t)class);
        }
        ck_s32_set(indices, p.columns * (size_t)rows + p.columns - 1, (int32_t)next.index);
        ck_store_f32(scores_out + 4 * (size_t)rows++, score);
      }
    }
  }
  ck_s32_set(bound->operand[4], 0, (int32_t)rows);
  for (size_t row = rows; row < p.rows; row++) {
    for (size_t column = 0; column < p.columns; column++) ck_s32_set(indices, p.columns * row + column, p.fill);
    ck_store_f32(scores_out + 4 * row, 0.0f);
  }
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)instruction, (void)isa;
  bound->rows = bound->panels = 1;
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_non_max_suppression = {
    CK_OP_NON_MAX_SUPPRESSION, "non_max_suppression", check, NULL, scratch, ck_disjoint, bind, NULL, 0};
