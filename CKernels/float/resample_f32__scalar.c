#include "ck_resample_f32.h"

enum ck_status ck_resample_f32__scalar(const ck_bound *bound, ck_range range) { return ck_resample_f32(bound, range); }
