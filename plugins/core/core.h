/* SPDX-License-Identifier: MIT
 * The built-in plugin's own header: its task functions, one per operator and built-in function, and what they share.
 * The language calls the same functions while the graph is built, so lists may hold futures there: what only moves
 * items around passes them along. Thread class: immutable. */
#ifndef CORE_H
#define CORE_H

#include "plugins/shared/task_fn.h"

/* Bytes that one operator may make: a repetition or range written by mistake must not eat the machine. */
#define CORE_MAX_BYTES ((size_t)1 << 30)

/* Items of a range, 16 bytes each: as many as a list may have. */
#define CORE_MAX_RANGE 1000000000

#pragma GCC visibility push(hidden)

/* -- core_arith.c */
TASK(core_arith_add);
TASK(core_arith_sub);
TASK(core_arith_mul);
TASK(core_arith_div);
TASK(core_arith_floordiv);
TASK(core_arith_mod);
TASK(core_arith_pow);
TASK(core_arith_neg);
TASK(core_arith_pos);
TASK(core_arith_abs);
TASK(core_arith_round);
TASK(core_arith_sum);

/* -- core_compare.c */
TASK(core_compare_equal);
TASK(core_compare_not_equal);
TASK(core_compare_less);
TASK(core_compare_less_equal);
TASK(core_compare_greater);
TASK(core_compare_greater_equal);
TASK(core_compare_in);
TASK(core_compare_not_in);
TASK(core_compare_not);
TASK(core_compare_and);
TASK(core_compare_or);
TASK(core_compare_min);
TASK(core_compare_max);
TASK(core_compare_sorted);
TASK(core_compare_sorted_by);
bool core_compare_truth(tg_value v);

/* -- core_hint.c: hints of messages; "": none */
extern const char core_hint_missing[];
const char *core_hint_field(tg_value v, const char *name);
const char *core_hint_operator(const char *op, tg_value a, tg_value b);

/* -- core_list.c */
TASK(core_list_index);
TASK(core_list_unpack);
TASK(core_list);
TASK(core_list_record);
TASK(core_list_range);
TASK(core_list_between);
TASK(core_list_zip);
TASK(core_list_enumerate);
TASK(core_list_reversed);
TASK(core_list_keys);
TASK(core_list_values);
TASK(core_list_flatten);
TASK(core_list_concat);
TASK(core_list_len);
size_t core_list_record_count(tg_value record);
/* Appends the items of another list. */
void core_list_push_all(tg_value *list, tg_value from);

/* -- core_select.c */
TASK(core_select_any);
TASK(core_select_all);
TASK(core_select_unique);
TASK(core_select_grouped_by);

/* -- core_slice.c */
TASK(core_slice);

/* -- core_text.c */
TASK(core_text_field);
TASK(core_text_template);
TASK(core_text_int);
TASK(core_text_float);
TASK(core_text_str);
TASK(core_text_bool);
TASK(core_text_file);
/* Fails with the name that is not in the record, and names up to five that are. */
int core_text_fail_key(tg_ctx *ctx, const char *what, tg_value record, const char *key, size_t length, const char *hint);

/* -- core_format.c */
TASK(core_format);

/* -- core_control.c */
TASK(core_control_try);
TASK(core_control_assert);
TASK(core_control_print);
TASK(core_control_sleep);
TASK(core_control_identity);
TASK(core_control_fail);

#pragma GCC visibility pop

#endif
