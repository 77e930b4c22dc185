/* insncount.c - a QEMU TCG plugin that counts the guest instructions a program executes between two marks.
 *
 * Deterministic for a guest of one thread, so that two programs, or two versions of a kernel, can be compared without the hardware.
 * A count, not a time.
 *
 *   cc -O2 -fPIC -shared insncount.c -o insncount.so
 *   qemu-aarch64 -cpu cortex-a76 -plugin ./insncount.so,blocks=FILE program
 *
 * The guest marks by getpriority(0x4943, label), which the kernel refuses at no cost. Label 0 begins a span, any other ends one. At exit FILE
 * receives one line for each block of instructions executed within the last span:
 *   <executions> <guest address, hex> <instruction words, hex>...
 * QEMU 7 and 8 (plugin API 1). The few declarations of the documented API that this needs are below, so that no QEMU header is. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
EXPORT int qemu_plugin_version = 1;

typedef uint64_t plugin_id;
typedef struct {
  const char *target;
  struct {
    int min, cur;
  } version;
  bool system;
  int cpus[2];
} plugin_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
typedef void (*syscall_fn)(
    plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation, void *counter, uint64_t operand);
void qemu_plugin_register_vcpu_syscall_cb(plugin_id, syscall_fn);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);

enum { add_u64 = 0, mark_syscall = 141 /* getpriority of aarch64 */, mark_which = 0x4943 };

typedef struct block {
  struct block *next;
  uint64_t executions, begin, span; /* in all, at the begin of the span, within it */
  uint64_t address;
  size_t count;
  uint32_t words[];
} block;
static block *blocks;
static const char *blocks_path;

/* Translation happens once a block; the counter is incremented inline from then on. A block translated anew is a block of its own. */
static void on_translate(plugin_id id, struct qemu_plugin_tb *tb) {
  (void)id;
  const size_t count = qemu_plugin_tb_n_insns(tb);
  block *b = calloc(1, sizeof *b + count * sizeof b->words[0]);
  if (b == NULL) abort();
  b->count = count;
  b->address = qemu_plugin_tb_vaddr(tb);
  for (size_t i = 0; i < count; i++) memcpy(&b->words[i], qemu_plugin_insn_data(qemu_plugin_tb_get_insn(tb, i)), sizeof b->words[i]);
  b->next = blocks;
  blocks = b;
  qemu_plugin_register_vcpu_tb_exec_inline(tb, add_u64, &b->executions, 1);
}

static void on_syscall(
    plugin_id id, unsigned cpu, int64_t number, uint64_t which, uint64_t label, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5,
    uint64_t a6, uint64_t a7) {
  (void)id, (void)cpu, (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7;
  if (number != mark_syscall || (uint32_t)which != mark_which) return;
  for (block *b = blocks; b != NULL; b = b->next) {
    if ((uint32_t)label == 0) b->begin = b->executions;
    else b->span = b->executions - b->begin;
  }
}

static void on_exit_write(plugin_id id, void *unused) {
  (void)id, (void)unused;
  FILE *file = fopen(blocks_path, "w");
  for (const block *b = file != NULL ? blocks : NULL; b != NULL; b = b->next) {
    if (b->span == 0) continue;
    fprintf(file, "%" PRIu64 " %" PRIx64, b->span, b->address);
    for (size_t i = 0; i < b->count; i++) fprintf(file, " %08" PRIx32, b->words[i]);
    fputc('\n', file);
  }
  if (file == NULL || fclose(file) != 0) fprintf(stderr, "insncount: cannot write %s\n", blocks_path);
}

EXPORT int qemu_plugin_install(plugin_id id, const plugin_info *info, int argc, char **argv) {
  if (strcmp(info->target, "aarch64") != 0 || argc != 1 || strncmp(argv[0], "blocks=", 7) != 0) {
    fprintf(stderr, "insncount: aarch64 guests, one argument blocks=FILE\n");
    return -1;
  }
  blocks_path = argv[0] + 7;
  qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
  qemu_plugin_register_vcpu_syscall_cb(id, on_syscall);
  qemu_plugin_register_atexit_cb(id, on_exit_write, NULL);
  return 0;
}
