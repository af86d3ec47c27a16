/* SPDX-License-Identifier: MIT
 * Reading a number. */
#ifndef NUMBER_H
#define NUMBER_H

/* The number in text; -1 if it is none, or negative. */
long read_number(const char *text);

#endif
