/* selection.h - shapes of real nets and the memory of a job of each, for the checks of picks. */
#ifndef SELECTION_H
#define SELECTION_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gemm/ck_tile.h"

typedef struct shape {
  const char *net;
  unsigned rows, pixels, lines, line_bytes, pitch, channels; /* rows of pixels, each of `lines` lines */
} shape;

/* Matrix products are one row of pixels and one line; convolutions rows of kernel rows. */
static const shape shapes[] = {
    {"keywords 1x1", 1, 125, 1, 64, 64, 64}, {"wake words 1x1", 1, 2304, 1, 8, 8, 16}, {"wake words 1x1", 1, 576, 1, 16, 16, 32},
    {"wake words 1x1", 1, 576, 1, 32, 32, 32}, {"wake words 1x1", 1, 144, 1, 64, 64, 64}, {"wake words 1x1", 1, 36, 1, 128, 128, 128},
    {"wake words 1x1", 1, 9, 1, 256, 256, 256}, {"ResNet-8 3x3", 32, 32, 3, 48, 16, 16}, {"ResNet-8 3x3", 16, 16, 3, 48, 32, 32},
    {"ResNet-8 3x3", 16, 16, 3, 96, 32, 32}, {"ResNet-8 3x3", 8, 8, 3, 96, 64, 64}, {"ResNet-8 3x3", 8, 8, 3, 192, 64, 64},
    {"MobileNetV2 1x1", 1, 12544, 1, 32, 32, 16}, {"MobileNetV2 1x1", 1, 12544, 1, 16, 16, 96},
    {"MobileNetV2 1x1", 1, 3136, 1, 96, 96, 24}, {"MobileNetV2 1x1", 1, 3136, 1, 24, 24, 144},
    {"MobileNetV2 1x1", 1, 784, 1, 192, 192, 32}, {"MobileNetV2 1x1", 1, 196, 1, 64, 64, 384},
    {"MobileNetV2 1x1", 1, 196, 1, 576, 576, 96}, {"MobileNetV2 1x1", 1, 49, 1, 160, 160, 960},
    {"MobileNetV1 1x1", 1, 784, 1, 256, 256, 256}, {"MobileNetV1 1x1", 1, 49, 1, 1024, 1024, 1024},
    {"ResNet-50 3x3", 14, 14, 3, 768, 256, 256}, {"ResNet-50 3x3", 7, 7, 3, 1536, 512, 512}, {"three rows", 1, 3, 1, 256, 256, 256},
    {"two rows", 1, 2, 1, 256, 256, 256}};

static inline double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}
static inline void *allocate(size_t bytes) {
  void *memory = aligned_alloc(64, (bytes + 4095) / 64 * 64);
  if (memory == NULL) exit(2);
  memset(memory, 17, (bytes + 4095) / 64 * 64);
  return memory;
}

/* A product to time, with its operands. */
typedef struct product {
  size_t panels;
  uint8_t *input, *weights, *side, *output;
  const uint8_t **rows;
  float *scale;
  ck_tile_job job;
} product;

static inline product product_of(const shape *s) {
  const size_t panels = (s->channels + 15) / 16, quads = s->line_bytes / 4;
  const size_t row_bytes = (size_t)s->pixels * s->pitch + s->line_bytes;
  product p = {
      .panels = panels,
      .input = allocate((s->rows + s->lines) * row_bytes),
      .weights = allocate(panels * s->lines * quads * 64),
      .side = allocate(panels * 64),
      .output = allocate((size_t)s->rows * s->pixels * s->channels),
      .rows = allocate((s->rows + s->lines) * sizeof(uint8_t *)),
      .scale = allocate(panels * 64)};
  for (unsigned y = 0; y < s->rows + s->lines; y++) p.rows[y] = p.input + y * row_bytes;
  for (size_t i = 0; i < panels * 16; i++) p.scale[i] = 1e-3f;
  p.job = (ck_tile_job){
      .lines = p.rows, .line_count = s->lines, .line_quads = quads, .line_bytes = s->line_bytes, .pixel_bytes = s->pitch, .weights = p.weights,
      .panel_bytes = s->lines * quads * 64, .bias = p.side, .sums = p.side, .scale = (const uint8_t *)p.scale, .channels = s->channels,
      .output = p.output, .output_stride_bytes = s->channels,
      .q = {.input_zero_point = -128, .output_zero_point = -128, .output_min = -128, .output_max = 127}, .wide = true};
  return p;
}
static inline void release(product *p) { free(p->input), free(p->weights), free(p->side), free(p->output), free(p->rows), free(p->scale); }

#endif
