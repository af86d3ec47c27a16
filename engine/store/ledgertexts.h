/* SPDX-License-Identifier: MIT
 * What is said to SQLite. Thread class: immutable. */
#ifndef TG_STORE_LEDGERTEXTS_H
#define TG_STORE_LEDGERTEXTS_H

#include "engine/store/ledgerdb.h"

/* From each version of the schema to the next one, from 0, which is nothing. They never change: a new version is a new text. */
extern const char *const tg_ledgertexts_migrations[TG_LEDGERDB_VERSION];
/* By enum tg_ledgerdb_sql. */
extern const char *const tg_ledgertexts[TG_LEDGERDB_SQLS];

#endif
