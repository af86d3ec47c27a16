/* SPDX-License-Identifier: MIT
 * The caps of the project, each with its reason and a test that hits it (tests/cli/limits.bats). */
#ifndef TG_BASE_LIMITS_H
#define TG_BASE_LIMITS_H

/* Nesting of expressions, blocks, YAML nodes, JSON and values. Recursive walks take up to about 400 bytes
 * of stack a level, many walks deep; bison's own stack ends near 10000. */
#define TG_MAX_NESTING 1000

/* Depth of list[...] in a type term: deeper ones only come from broken generators, and each level is a call. */
#define TG_MAX_TYPE_NESTING 32

/* Depth of function calls at graph time: each takes about 1 KB of the 8 MB stack. */
#define TG_MAX_CALL_DEPTH 2000

/* Bytes of one source file: spans are 32-bit offsets into all sources of a run together. */
#define TG_MAX_SOURCE_BYTES (1u << 30)

/* Depth of imports: deeper is a mistake, and each level holds its file's tree. */
#define TG_MAX_IMPORT_DEPTH 64

/* Tasks of a graph: an argument is a 30-bit task id (graph/graph.h). */
#define TG_MAX_TASKS ((1u << 30) - 1)

/* Expansion points inside expansion points that wait for each other (tail calls do not count): each level keeps
 * about 500 bytes. */
#define TG_MAX_EXPANSION_DEPTH 1000000u

/* The default of --max-tasks: about 6 GB of graph, far above any graph written on purpose. */
#define TG_DEFAULT_MAX_TASKS 100000000u

/* Diagnostics shown before "and N more": a screenful. */
#define TG_MAX_DIAGNOSTICS 20

/* Workers: a thread each, with its stack. */
#define TG_MAX_WORKERS 4096

/* Programs of one pipeline: each takes up to three descriptors, of which a process usually has 1024. */
#define TG_MAX_PIPELINE 256

/* Anchors expanded in a YAML file: what a "billion laughs" file passes quickly. Also the bytes of text that aliases
 * repeat: a byte of `.tg` makes up to a node. */
#define TG_MAX_YAML_NODES 20000000u

/* Bytes of a name: long ones only come from broken generators. */
#define TG_MAX_NAME_BYTES 1024

#endif
