/* SPDX-License-Identifier: MIT
 * By what name a workflow stands in the record. Thread class: any thread. */
#ifndef TG_STORE_WORKFLOWNAME_H
#define TG_STORE_WORKFLOWNAME_H

/* The same for all paths that lead to the file: relative to the folder of the run where it lies below, else absolute; "-": standard input.
 * The file need not be there. Heap. */
char *tg_workflowname(const char *path);

#endif
