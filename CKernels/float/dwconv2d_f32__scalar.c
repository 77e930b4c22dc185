#include "ck_dwconv2d_f32.h"

enum ck_status ck_dwconv2d_f32__scalar(const ck_bound *bound, ck_range range) { return ck_dwconv2d_f32(bound, range); }
