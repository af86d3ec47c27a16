/* SPDX-License-Identifier: MIT
 * Names of resources that users name. Thread class: any thread. */
#ifndef TG_GRAPH_RESOURCE_H
#define TG_GRAPH_RESOURCE_H

#include <stdbool.h>
#include <stddef.h>

#define TG_RESOURCE_NAME_MAX 64
/* What the variable of a command begins with that has the units of one. */
#define TG_RESOURCE_VARIABLE "TG_RESOURCE_"
/* The rule in words. */
#define TG_RESOURCE_NAME_RULE "a name has letters, digits, '_', '-' and '.', and begins with a letter or '_'"

bool tg_resource_is_name(const char *text, size_t length);
/* A byte of the name as it stands in the name of the variable. */
char tg_resource_letter(char c);
/* True if both would be the same variable. */
bool tg_resource_is_same(const char *a, const char *b);

#endif
