/* SPDX-License-Identifier: MIT
 * Results of runs that have not ended well. Thread class: shared. */
#ifndef TG_STORE_LEDGERCHECK_H
#define TG_STORE_LEDGERCHECK_H

#include "engine/store/ledgerqueue.h"

/* Those that nobody came back for go. now_ns: since 1970. */
void tg_ledgercheck_prune(struct tg_ledger *l, int64_t now_ns);

#endif
