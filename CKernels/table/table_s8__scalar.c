#include "ck_table_range.h"

enum ck_status ck_table_s8__scalar(const ck_bound *bound, ck_range range) {
  const ck_table_range r = ck_table_range_of(bound, range);
  ck_table_rest(&r, r.begin);
  return CK_OK;
}
