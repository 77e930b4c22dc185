/* DETECT - boxes decoded from anchors, suppressed class by class or by their best class (ck/parameters.h: ck_detect_parameters). One row, one
 * panel. Scratch: the decoded boxes, the candidates, the boxes selected of one class, the best detections so far. */
#include "ck_boxes.h"

typedef ck_detect_parameters parameters;

/* A detection before it is written: of equal scores the lower class comes first, then the earlier selected. */
typedef struct detection {
  float score;
  uint32_t box, class;
} detection;

static uint64_t box_bytes(const parameters *p) { return ck_multiply(p->boxes, sizeof(ck_box)); }
static uint64_t candidate_bytes(const parameters *p) { return ck_round_up(ck_multiply(p->boxes, sizeof(ck_candidate)), CK_TENSOR_ALIGNMENT); }
static uint64_t selected_bytes(const parameters *p) { return ck_round_up(ck_multiply(p->boxes, 4), CK_TENSOR_ALIGNMENT); }

static uint64_t scratch(const ck_instruction *instruction) {
  CK_PARAMETERS(parameters, p, instruction);
  return ck_add(
      ck_add(box_bytes(&p), candidate_bytes(&p)), ck_add(selected_bytes(&p), ck_multiply(p.detections, sizeof(detection))));
}

static ck_fault check(const ck_instruction *instruction, const ck_tensor *const *operands) {
  CK_TRY(ck_check_form(instruction, operands, (ck_form){3, 4, 0, 0, sizeof(parameters)}));
  CK_PARAMETERS(parameters, p, instruction);
  CK_REQUIRE(p.boxes > 0 && p.boxes <= INT32_MAX, CK_BAD_PARAMETER, parameters, boxes);
  CK_REQUIRE(p.box_columns >= 4, CK_BAD_PARAMETER, parameters, box_columns);
  /* Classes are written as floats. */
  CK_REQUIRE(p.classes > 0 && p.classes <= 1u << 24, CK_BAD_PARAMETER, parameters, classes);
  CK_REQUIRE(p.background <= 1, CK_BAD_PARAMETER, parameters, background);
  CK_REQUIRE(p.detections > 0 && p.detections <= 1u << 24, CK_BAD_PARAMETER, parameters, detections);
  CK_REQUIRE(p.classes_per_box > 0, CK_BAD_PARAMETER, parameters, classes_per_box);
  CK_REQUIRE(p.boxes_per_class > 0, CK_BAD_PARAMETER, parameters, boxes_per_class);
  CK_REQUIRE(p.by_class <= 1, CK_BAD_PARAMETER, parameters, by_class);
  const uint64_t rows = ck_multiply(p.detections, p.classes_per_box);
  CK_TRY(ck_check_operand(instruction, operands, 0, CK_DTYPE_F32, ck_multiply3(p.boxes, p.box_columns, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 1, CK_DTYPE_F32, ck_multiply3(p.boxes, ck_add(p.classes, p.background), 4)));
  CK_TRY(ck_check_operand(instruction, operands, 2, CK_DTYPE_F32, ck_multiply(p.boxes, 16)));
  CK_TRY(ck_check_operand(instruction, operands, 3, CK_DTYPE_F32, ck_multiply(rows, 16)));
  CK_TRY(ck_check_operand(instruction, operands, 4, CK_DTYPE_F32, ck_multiply(rows, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 5, CK_DTYPE_F32, ck_multiply(rows, 4)));
  CK_TRY(ck_check_operand(instruction, operands, 6, CK_DTYPE_F32, 4));
  return ck_check_scratch(instruction, scratch(instruction));
}

/* What the steps share. */
typedef struct work {
  parameters p;
  const uint8_t *scores; /* [boxes][background + classes] */
  uint8_t *boxes, *candidates, *selected, *best;
} work;

static float score_at(const work *w, uint32_t box, uint32_t class) {
  const size_t columns = (size_t)w->p.classes + w->p.background;
  return ck_load_f32(w->scores + 4 * (box * columns + w->p.background + class));
}

static ck_box decoded(const work *w, uint32_t index) {
  ck_box box;
  __builtin_memcpy(&box, w->boxes + (size_t)index * sizeof box, sizeof box);
  return box;
}

/* Boxes by their centre and size relative to an anchor's: y, x, log height, log width. */
static void decode(const work *w, const uint8_t *encodings, const uint8_t *anchors) {
  const parameters *p = &w->p;
  for (size_t i = 0; i < p->boxes; i++) {
    const uint8_t *from = encodings + i * p->box_columns * 4, *anchor = anchors + i * 16;
    const float anchor_height = ck_load_f32(anchor + 8), anchor_width = ck_load_f32(anchor + 12);
    const float y = ck_load_f32(from) / p->y_scale * anchor_height + ck_load_f32(anchor);
    const float x = ck_load_f32(from + 4) / p->x_scale * anchor_width + ck_load_f32(anchor + 4);
    const float half_height = 0.5f * ck_exp_f32(ck_load_f32(from + 8) / p->height_scale) * anchor_height;
    const float half_width = 0.5f * ck_exp_f32(ck_load_f32(from + 12) / p->width_scale) * anchor_width;
    const ck_box box = {y - half_height, x - half_width, y + half_height, x + half_width};
    __builtin_memcpy(w->boxes + i * sizeof box, &box, sizeof box);
  }
}

/* The best class of a box; the first of equal ones. */
static uint32_t best_class(const work *w, uint32_t box) {
  uint32_t best = 0;
  for (uint32_t class = 1; class < w->p.classes; class++) {
    if (score_at(w, box, class) > score_at(w, box, best)) best = class;
  }
  return best;
}

/* Selects at most `limit` boxes by their score of `class`, or of their best class; how many. */
static uint32_t suppress(const work *w, uint32_t class, uint32_t limit) {
  ck_heap heap = {w->candidates, 0};
  for (uint32_t i = 0; i < w->p.boxes; i++) {
    const float score = score_at(w, i, w->p.by_class ? class : best_class(w, i));
    if (score >= w->p.score_threshold) ck_heap_push(&heap, (ck_candidate){score, i, 0});
  }
  uint32_t count = 0;
  while (count < limit && heap.count > 0) {
    const uint32_t index = ck_heap_pop(&heap).index;
    const ck_box box = decoded(w, index);
    bool is_free = true;
    for (uint32_t j = 0; j < count && is_free; j++) {
      is_free = !(ck_overlap(box, decoded(w, (uint32_t)ck_s32_at(w->selected, j))) > w->p.overlap_threshold);
    }
    if (is_free) ck_s32_set(w->selected, count++, (int32_t)index);
  }
  return count;
}

static detection best_at(const work *w, uint32_t place) {
  detection found;
  __builtin_memcpy(&found, w->best + (size_t)place * sizeof found, sizeof found);
  return found;
}
static void best_set(const work *w, uint32_t place, detection found) {
  __builtin_memcpy(w->best + (size_t)place * sizeof found, &found, sizeof found);
}

/* Every class by itself; the best detections of all of them, in order. How many. */
static uint32_t detect_by_class(const work *w) {
  uint32_t count = 0;
  for (uint32_t class = 0; class < w->p.classes; class++) {
    const uint32_t selected = suppress(w, class, w->p.boxes_per_class);
    for (uint32_t j = 0; j < selected; j++) {
      const uint32_t box = (uint32_t)ck_s32_at(w->selected, j);
      const detection found = {score_at(w, box, class), box, class};
      uint32_t place = count;
      while (place > 0 && best_at(w, place - 1).score < found.score) place--;
      if (place == w->p.detections) break;
      if (count < w->p.detections) count++;
      for (uint32_t k = count; --k > place;) best_set(w, k, best_at(w, k - 1));
      best_set(w, place, found);
    }
  }
  return count;
}

typedef struct outputs {
  uint8_t *boxes, *classes, *scores;
} outputs;

static void write(const outputs *to, size_t row, ck_box box, uint32_t class, float score) {
  __builtin_memcpy(to->boxes + row * sizeof box, &box, sizeof box);
  ck_store_f32(to->classes + 4 * row, (float)class);
  ck_store_f32(to->scores + 4 * row, score);
}

/* The class that follows (score, class) in a box's order. */
static uint32_t next_class(const work *w, uint32_t box, uint32_t class) {
  const float score = score_at(w, box, class);
  uint32_t best = CK_NONE;
  for (uint32_t other = 0; other < w->p.classes; other++) {
    const float value = score_at(w, box, other);
    const bool follows = value < score || (value == score && other > class);
    if (follows && (best == CK_NONE || value > score_at(w, box, best))) best = other;
  }
  return best;
}

static enum ck_status run(const ck_bound *bound, ck_range range) {
  (void)range;
  work w;
  __builtin_memcpy(&w.p, bound->instruction->parameters, sizeof w.p);
  w.scores = bound->operand[1];
  w.boxes = bound->scratch;
  w.candidates = w.boxes + box_bytes(&w.p);
  w.selected = w.candidates + candidate_bytes(&w.p);
  w.best = w.selected + selected_bytes(&w.p);
  const outputs to = {bound->operand[3], bound->operand[4], bound->operand[5]};
  decode(&w, bound->operand[0], bound->operand[2]);
  const size_t rows = (size_t)w.p.detections * w.p.classes_per_box;
  for (size_t row = 0; row < rows; row++) write(&to, row, (ck_box){0.0f, 0.0f, 0.0f, 0.0f}, 0, 0.0f);
  uint32_t count;
  if (w.p.by_class) {
    count = detect_by_class(&w);
    for (uint32_t row = 0; row < count; row++) {
      const detection found = best_at(&w, row);
      write(&to, row, decoded(&w, found.box), found.class, found.score);
    }
  } else {
    count = suppress(&w, 0, w.p.detections);
    for (uint32_t j = 0; j < count; j++) {
      const uint32_t box = (uint32_t)ck_s32_at(w.selected, j);
      uint32_t class = best_class(&w, box);
      for (size_t k = 0; k < w.p.classes_per_box && class != CK_NONE; k++, class = next_class(&w, box, class)) {
        write(&to, j * (size_t)w.p.classes_per_box + k, decoded(&w, box), class, score_at(&w, box, class));
      }
    }
  }
  ck_store_f32(bound->operand[6], (float)count);
  return CK_OK;
}

static void bind(const ck_instruction *instruction, ck_isa isa, ck_bound *bound) {
  (void)instruction, (void)isa;
  bound->rows = bound->panels = 1;
  bound->kernel = (ck_kernel_fn)run;
  bound->run = run;
}

const ck_operator ck_operator_detect = {CK_OP_DETECT, "detect", check, NULL, scratch, ck_disjoint, bind, NULL, 0};
