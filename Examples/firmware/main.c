/* spotter <frames - watches a stream of sensor frames and says what it sees, like a keyword spotter at a microphone.
 *
 * The model is part of the program (net.h and net.c, by `quantize embed --trim --name net`), all memory is static, and nothing is allocated.
 * A frame on standard input is one unsigned byte for each element of the net's only input: level 0...255, zero at 128 of the int8 it becomes. A
 * class is reported when it has the highest score in three frames in a row. Where a board has a sensor, read_frame is the one to replace. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "net.h"

enum { FRAMES_THAT_AGREE = 3 };

static unsigned char arena[NET_ARENA_BYTES] __attribute__((aligned(64)));
static unsigned char workspace[NET_WORKSPACE_BYTES] __attribute__((aligned(16)));
static unsigned char frame[NET_INPUT_BYTES];
static float scores[NET_OUTPUT_ELEMENTS]; /* in the net's own type, which may be smaller */

static int read_frame(void) {
  if (fread(frame, 1, sizeof frame, stdin) != sizeof frame) return 0;
  for (size_t i = 0; i < sizeof frame; i++) frame[i] ^= 0x80; /* level - 128, as int8 */
  return 1;
}

/* The highest score: scores are int8 levels or floats, in whichever type the net has them. */
static unsigned best_class(void) {
  const signed char *levels = (const signed char *)scores;
  unsigned best = 0;
  for (unsigned i = 1; i < NET_OUTPUT_ELEMENTS; i++) {
    if (NET_OUTPUT_TYPE == SWL_FLOAT32 ? scores[i] > scores[best] : levels[i] > levels[best]) best = i;
  }
  return best;
}

static int fail(const char *what, const swl_error *error) {
  /* The number alone: swl_error_text would take another kilobyte. */
  fprintf(stderr, "%s: code %d, index %d, need %llu, have %llu\n", what, (int)error->code, (int)error->index, (unsigned long long)error->need,
          (unsigned long long)error->have);
  return 1;
}

int main(void) {
  static swl_model model;
  swl_error error;
  if (swl_open(&model, net_model, NET_MODEL_BYTES, net_operators, SWL_VERIFY_CONSTANTS, &error) != 0) return fail("open", &error);
  swl_session *session = swl_bind(&model, 0, arena, sizeof arena, workspace, sizeof workspace, SWL_BEST_ISA, &error);
  if (session == NULL) return fail("bind", &error);
  unsigned last = 0, agreeing = 0;
  for (unsigned long number = 0; read_frame(); number++) {
    if (swl_set_input_raw(session, 0, frame, sizeof frame, &error) != 0) return fail("input", &error);
    if (swl_run(session, &error) != 0) return fail("run", &error);
    if (swl_get_output_raw(session, 0, scores, NET_OUTPUT_BYTES, &error) != 0) return fail("output", &error);
    const unsigned best = best_class();
    agreeing = number > 0 && best == last ? agreeing + 1 : 1;
    last = best;
    if (agreeing == FRAMES_THAT_AGREE) printf("frame %lu: class %u\n", number, best);
  }
  return 0;
}
