/* resample/ck_resample.h - what the resampling operators share (ck/parameters.h: ck_resample_parameters).
 *
 * Rows are output positions of all outer indices, panels 16 inner ones. Input and output are disjoint. */
#ifndef CK_RESAMPLE_H
#define CK_RESAMPLE_H

#include "../check/ck_check.h"
#include "../isa/ck_target.h"

/* Geometry, operands of this type with `line_bytes` for all of `inner`, and the sizes of the constants. */
ck_fault ck_check_resample(
    const ck_instruction *instruction, const ck_tensor *const *operands, const ck_resample_parameters *p, enum ck_dtype dtype,
    uint64_t line_bytes);
/* Every tap of every output position lies inside the axis. */
ck_fault ck_check_resample_constants(const ck_instruction *instruction, const uint8_t *const *constants);

static inline const int32_t *ck_resample_first(const ck_bound *bound) { return (const int32_t *)(const void *)bound->constant[0]; }
static inline const float *ck_resample_weights(const ck_bound *bound) { return (const float *)(const void *)bound->constant[1]; }

#endif
