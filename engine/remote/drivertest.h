/* SPDX-License-Identifier: MIT
 * Whether a driver keeps the contract of docs/drivers.md: it is spoken to as tgrun would, and as tgrun never would, and each rule is
 * told of as it is found kept or broken. Thread class: owner. */
#ifndef TG_REMOTE_DRIVERTEST_H
#define TG_REMOTE_DRIVERTEST_H

#include "engine/base/err.h"

enum tg_drivertest_verdict { TG_DRIVERTEST_KEPT, TG_DRIVERTEST_BROKEN, TG_DRIVERTEST_UNTRIED };

struct tg_drivertest {
    const char *cluster;  /* as --cluster names it */
    const char *program;  /* of tgrun, which drives some clusters itself; NULL: this one */
    uint64_t patience_ns; /* how long an answer may take */
    bool fail_fast;       /* the first rule that is broken is the last that is tried */
    /* Is told of each rule, and why it is broken; "" else. */
    void (*tell)(void *data, const char *rule, enum tg_drivertest_verdict verdict, const char *why);
    void *data;
    unsigned counts[TG_DRIVERTEST_UNTRIED + 1]; /* out: by verdict */
};

/* False and err: there is no such driver, or nothing to try it with. */
bool tg_drivertest_run(struct tg_drivertest *t, struct tg_err *err);

#endif
