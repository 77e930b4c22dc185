#include "ck_matmul_f32.h"

enum ck_status ck_matmul_f32__scalar(const ck_bound *bound, ck_range range) { return ck_matmul_f32(bound, range); }
