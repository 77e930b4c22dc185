/* check_selection_ymm [PERCENT]: as check_selection, of tiles of 256-bit vectors: every height against the one that is picked. Built once for each
 * instruction set: SOURCE is the file of its tiles, ISA its name. */
#define _POSIX_C_SOURCE 200809L
#include "selection.h"

#include SOURCE

#define JOIN(a, b) a##b
#define PICK(isa) JOIN(ck_tile_run__, isa)
#define TEXT(isa) #isa
#define NAME(isa) TEXT(isa)

enum { most_height = 6 };

/* All pixels by tiles of at most `height`; 0 is what is picked. */
static void product_by(const ck_tile_job *first, const shape *s, const uint8_t *const *rows, size_t height) {
  ck_tile_job job = *first;
  for (unsigned y = 0; y < s->rows; y++) {
    job.lines = rows + y;
    if (height == 0) PICK(ISA)(&job, s->pixels);
    else run(&job, s->pixels, s->channels <= 8 ? narrow : full, height);
    job.output += (size_t)s->pixels * s->channels;
  }
}

/* 1 where the pick is too slow. */
static int check(const shape *s, double percent) {
  product p = product_of(s);
  const size_t limit = s->channels <= 8 ? narrow_count : full_count;
  double best[most_height + 1], slower = 0;
  size_t fastest = 0;
  for (size_t i = 0; i <= limit; i++) best[i] = 1;
  double start = now();
  product_by(&p.job, s, p.rows, 0);
  const double once = now() - start;
  const unsigned repeat = once < 20e-6 ? (unsigned)(20e-6 / (once + 1e-9)) + 1 : 1, rounds = once < 1e-4 ? 150 : 12;
  for (int attempt = 0; attempt < 4; attempt++) {
    /* In turn, so that all meet the same moods of the machine. */
    for (unsigned round = 0; round < rounds; round++) {
      for (size_t height = 0; height <= limit; height++) {
        start = now();
        for (unsigned r = 0; r < repeat; r++) product_by(&p.job, s, p.rows, height);
        const double time = (now() - start) / repeat;
        if (time < best[height]) best[height] = time;
      }
    }
    fastest = 0;
    for (size_t height = 1; height <= limit; height++) {
      if (best[height] < best[fastest]) fastest = height;
    }
    slower = (best[0] / best[fastest] - 1) * 100;
    if (slower <= percent) break;
  }
  printf(
      "%-16s %5u x %4u x %-4u  picked %9.2f us  best %9.2f us, height %zu  %4.1f %%%s\n", s->net, s->rows * s->pixels, s->lines * s->line_bytes,
      s->channels, best[0] * 1e6, best[fastest] * 1e6, fastest, slower, slower > percent ? "  SLOWER" : "");
  release(&p);
  return slower > percent;
}

int main(int count, char **arguments) {
  const double percent = count > 1 ? atof(arguments[1]) : 5;
  int failures = 0;
  for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) failures += check(&shapes[i], percent);
  printf("%s: %d of %zu picks are over %.0f %% slower than the best\n", NAME(ISA), failures, sizeof shapes / sizeof shapes[0], percent);
  return failures > 0;
}
