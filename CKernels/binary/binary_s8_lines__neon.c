#include "ck_binary_lines.h"

#if CK_ARCH_ARM64
enum ck_status ck_binary_s8_lines__neon(const ck_bound *bound, ck_range range) { return ck_binary_s8_lines(bound, range); }
#endif
