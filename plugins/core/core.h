/* SPDX-License-Identifier: MIT
 * The built-in plugin's own header: its task functions, one per operator and built-in function, and what they share.
 * The language calls the same functions while the graph is built, so lists may hold futures there: what only moves
 * items around passes them along. Thread class: immutable. */
#ifndef CORE_H
#define CORE_H

#include <tgrun.h>

/* Bytes that one operator may make: a repetition or range written by mistake must not eat the machine. */
#define CORE_MAX_BYTES ((size_t)1 << 30)

/* Items of a range, 16 bytes each: as many as a list may have. */
#define CORE_MAX_RANGE 1000000000

/* A task function; it relies on what its signature in core.c says. */
#define CORE_TASK(name)                                                                                 \
    int name(__attribute__((unused)) tg_ctx *ctx, __attribute__((unused)) const tg_value *args,         \
             __attribute__((unused)) size_t count, tg_value *out)

#pragma GCC visibility push(hidden)

/* -- core_arith.c */
CORE_TASK(core_arith_add);
CORE_TASK(core_arith_sub);
CORE_TASK(core_arith_mul);
CORE_TASK(core_arith_div);
CORE_TASK(core_arith_floordiv);
CORE_TASK(core_arith_mod);
CORE_TASK(core_arith_pow);
CORE_TASK(core_arith_neg);
CORE_TASK(core_arith_pos);
CORE_TASK(core_arith_abs);
CORE_TASK(core_arith_round);

/* -- core_compare.c */
CORE_TASK(core_compare_equal);
CORE_TASK(core_compare_not_equal);
CORE_TASK(core_compare_less);
CORE_TASK(core_compare_less_equal);
CORE_TASK(core_compare_greater);
CORE_TASK(core_compare_greater_equal);
CORE_TASK(core_compare_in);
CORE_TASK(core_compare_not_in);
CORE_TASK(core_compare_not);
CORE_TASK(core_compare_and);
CORE_TASK(core_compare_or);
CORE_TASK(core_compare_min);
CORE_TASK(core_compare_max);
CORE_TASK(core_compare_sorted);
bool core_compare_truth(tg_value v);

/* -- core_list.c */
CORE_TASK(core_list_index);
CORE_TASK(core_list_unpack);
CORE_TASK(core_list);
CORE_TASK(core_list_record);
CORE_TASK(core_list_range);
CORE_TASK(core_list_zip);
CORE_TASK(core_list_enumerate);
CORE_TASK(core_list_reversed);
CORE_TASK(core_list_keys);
CORE_TASK(core_list_values);
CORE_TASK(core_list_flatten);
CORE_TASK(core_list_concat);
CORE_TASK(core_list_len);
size_t core_list_record_count(tg_value record);

/* -- core_slice.c */
CORE_TASK(core_slice);

/* -- core_text.c */
CORE_TASK(core_text_field);
CORE_TASK(core_text_template);
CORE_TASK(core_text_int);
CORE_TASK(core_text_float);
CORE_TASK(core_text_str);
CORE_TASK(core_text_bool);
/* Bytes of the code point at text; a bad byte counts as one. length is at least 1. */
size_t core_text_char_bytes(const char *text, size_t length);
/* Code points in text. */
size_t core_text_char_count(const char *text, size_t length);
/* Fails with the name that is not in the record, and names up to five that are. */
int core_text_fail_key(tg_ctx *ctx, const char *what, tg_value record, const char *key, size_t length);

/* -- core_control.c */
CORE_TASK(core_control_try);
CORE_TASK(core_control_after);
CORE_TASK(core_control_assert);
CORE_TASK(core_control_print);
CORE_TASK(core_control_sleep);
CORE_TASK(core_control_identity);
CORE_TASK(core_control_fail);

#pragma GCC visibility pop

#endif
