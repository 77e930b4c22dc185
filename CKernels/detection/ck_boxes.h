/* detection/ck_boxes.h - boxes by their corners, how much two of them overlap, and candidates in order of their scores.
 *
 * One plain float form for every instruction set: the same comparisons, the same bytes. */
#ifndef CK_BOXES_H
#define CK_BOXES_H

#include "../isa/ck_fp.h"

#include "../check/ck_check.h"
#include "../float/ck_math.h"
#include "../integer/ck_integer.h"

typedef struct ck_box {
  float y_min, x_min, y_max, x_max;
} ck_box;

static inline float ck_lesser_f32(float a, float b) { return a < b ? a : b; }
static inline float ck_greater_f32(float a, float b) { return a > b ? a : b; }
static inline float ck_area(ck_box box) { return (box.y_max - box.y_min) * (box.x_max - box.x_min); }

/* Intersection over union; 0 where either box has no area. */
static inline float ck_overlap(ck_box a, ck_box b) {
  const float area_a = ck_area(a), area_b = ck_area(b);
  if (!(area_a > 0.0f) || !(area_b > 0.0f)) return 0.0f;
  const float height = ck_lesser_f32(a.y_max, b.y_max) - ck_greater_f32(a.y_min, b.y_min);
  const float width = ck_lesser_f32(a.x_max, b.x_max) - ck_greater_f32(a.x_min, b.x_min);
  const float shared = ck_greater_f32(height, 0.0f) * ck_greater_f32(width, 0.0f);
  return shared / (area_a + area_b - shared);
}

/* A box that may be selected. `compared` counts the selected ones that it was compared with already. */
typedef struct ck_candidate {
  float score;
  uint32_t index, compared;
} ck_candidate;

/* A heap with the first in order on top: the highest score, of equal ones the lowest index. It lies in scratch, whose bytes have no type. */
typedef struct ck_heap {
  uint8_t *bytes;
  uint32_t count;
} ck_heap;

static inline ck_candidate ck_heap_at(const ck_heap *heap, uint32_t place) {
  ck_candidate candidate;
  __builtin_memcpy(&candidate, heap->bytes + (size_t)place * sizeof candidate, sizeof candidate);
  return candidate;
}
static inline void ck_heap_set(ck_heap *heap, uint32_t place, ck_candidate candidate) {
  __builtin_memcpy(heap->bytes + (size_t)place * sizeof candidate, &candidate, sizeof candidate);
}
static inline bool ck_comes_before(ck_candidate a, ck_candidate b) { return a.score != b.score ? a.score > b.score : a.index < b.index; }

static inline void ck_heap_push(ck_heap *heap, ck_candidate candidate) {
  uint32_t place = heap->count++;
  while (place > 0 && ck_comes_before(candidate, ck_heap_at(heap, (place - 1) / 2))) {
    ck_heap_set(heap, place, ck_heap_at(heap, (place - 1) / 2));
    place = (place - 1) / 2;
  }
  ck_heap_set(heap, place, candidate);
}

/* Takes the top; the heap is not empty. */
static inline ck_candidate ck_heap_pop(ck_heap *heap) {
  const ck_candidate top = ck_heap_at(heap, 0), last = ck_heap_at(heap, --heap->count);
  uint32_t place = 0;
  for (;;) {
    size_t child = 2 * (size_t)place + 1;
    if (child >= heap->count) break;
    if (child + 1 < heap->count && ck_comes_before(ck_heap_at(heap, (uint32_t)child + 1), ck_heap_at(heap, (uint32_t)child))) child++;
    if (!ck_comes_before(ck_heap_at(heap, (uint32_t)child), last)) break;
    ck_heap_set(heap, place, ck_heap_at(heap, (uint32_t)child));
    place = (uint32_t)child;
  }
  if (heap->count > 0) ck_heap_set(heap, place, last);
  return top;
}

#endif
