/* check_selection [PERCENT]: times every tile that could make a product against the one that the rule picks, on shapes of real nets. Exit 1
 * where a pick is over PERCENT (5) slower than the best, each time of several. AVX512-VNNI; check_selection_ymm.c is of the others. */
#define _POSIX_C_SOURCE 200809L
#include "selection.h"

#include "gemm/ck_tile_avx512.h"

typedef struct candidate {
  size_t wide, height;
  ck_tile_plan_avx512 plan;
  double best;
} candidate;

CK_TARGET_AVX512VNNI static void run(
    const ck_tile_job *first, const shape *s, const uint8_t *const *rows, const ck_tile_plan_avx512 *plan, const ck_epilogue_avx512 *e) {
  ck_tile_job job = *first;
  for (unsigned y = 0; y < s->rows; y++) {
    job.lines = rows + y;
    for (size_t i = 0; i < plan->count; i++) plan->block[i](&job, plan->grid[i], e);
    job.output += (size_t)s->pixels * s->channels;
  }
}

/* The best of many windows of each candidate in turn, so that all meet the same moods of the machine. */
static void measure(
    const ck_tile_job *job, const shape *s, const uint8_t *const *rows, const ck_epilogue_avx512 *e, candidate *all, size_t count) {
  for (size_t i = 0; i < count; i++) all[i].best = 1;
  double start = now();
  run(job, s, rows, &all[0].plan, e);
  const double once = now() - start;
  const unsigned repeat = once < 20e-6 ? (unsigned)(20e-6 / (once + 1e-9)) + 1 : 1, rounds = once < 1e-4 ? 150 : 12;
  for (unsigned round = 0; round < rounds; round++) {
    for (size_t i = 0; i < count; i++) {
      start = now();
      for (unsigned r = 0; r < repeat; r++) run(job, s, rows, &all[i].plan, e);
      const double time = (now() - start) / repeat;
      if (time < all[i].best) all[i].best = time;
    }
  }
}

static bool same(const ck_tile_plan_avx512 *a, const ck_tile_plan_avx512 *b) {
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++) {
    if (a->block[i] != b->block[i] || memcmp(&a->grid[i], &b->grid[i], sizeof a->grid[i]) != 0) return false;
  }
  return true;
}

/* 1 where the pick is too slow. */
CK_TARGET_AVX512VNNI static int check(const shape *s, double percent) {
  product p = product_of(s);
  const size_t panels = p.panels;
  const uint8_t *const *rows = p.rows;
  const ck_tile_job job = p.job;
  const ck_epilogue_avx512 e = ck_epilogue_avx512_of(&job);
  static const size_t limits[] = {0, 12, 8, 0, 3};
  candidate all[24] = {{0}};
  size_t count = 1;
  ck_tile_plan__avx512vnni(&job, s->pixels, &all[0].plan);
  for (size_t wide = 1; wide <= 4 && wide <= panels; wide *= 2) {
    for (size_t height = 2; height <= limits[wide] && height <= s->pixels; height++) {
      const size_t tiles = s->pixels / height;
      if (s->pixels / tiles + (s->pixels % tiles > 0) > limits[wide]) continue;
      candidate *c = &all[count];
      *c = (candidate){.wide = wide, .height = height};
      ck_tile_plan_of__avx512vnni(&job, s->pixels, wide, height, &c->plan);
      if (same(&c->plan, &all[0].plan)) all[0].wide = wide, all[0].height = height;
      else count++;
    }
  }
  double slower = 0;
  size_t best = 0;
  for (int attempt = 0; attempt < 4; attempt++) {
    measure(&job, s, rows, &e, all, count);
    best = 0;
    for (size_t i = 1; i < count; i++) {
      if (all[i].best < all[best].best) best = i;
    }
    slower = (all[0].best / all[best].best - 1) * 100;
    if (slower <= percent) break;
  }
  printf(
      "%-16s %5u x %4u x %-4u  picks %2zux%-2zu %9.2f us  best %2zux%-2zu %9.2f us  %4.1f %%%s\n", s->net, s->rows * s->pixels,
      s->lines * s->line_bytes, s->channels, all[0].height, 16 * all[0].wide, all[0].best * 1e6, all[best].height, 16 * all[best].wide, all[best].best * 1e6,
      slower,
      slower > percent ? "  SLOWER" : "");
  release(&p);
  return slower > percent;
}

int main(int count, char **arguments) {
  if (!(ck_isa_available() >> CK_ISA_AVX512VNNI & 1)) {
    puts("skipped: this processor lacks avx512vnni");
    return 0;
  }
  const double percent = count > 1 ? atof(arguments[1]) : 5;
  int failures = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) failures += check(&shapes[i], percent);
  printf("%d of %zu picks are over %.0f %% slower than the best\n", failures, sizeof shapes / sizeof shapes[0], percent);
  return failures > 0;
}
