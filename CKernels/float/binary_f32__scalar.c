#include "ck_binary_f32.h"

enum ck_status ck_binary_f32__scalar(const ck_bound *bound, ck_range range) { return ck_binary_f32(bound, range); }
