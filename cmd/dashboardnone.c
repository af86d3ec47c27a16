/* SPDX-License-Identifier: MIT
 * In the place of the dashboard, where tgrun is built without libmicrohttpd. */
#include "cmd/dashboard.h"

#include <string.h>

bool tg_dashboard_open(struct tg_dashboard **d, struct tg_cli *cli, const struct tg_workflow *w, tg_place_fn place,
                       void *place_data, struct tg_err *err)
{
    (void)w, (void)place, (void)place_data;
    *d = NULL;
    if (!cli->dashboard || strcmp(cli->dashboard, TG_DASHBOARDADDRESS_NONE) == 0) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "this tgrun was built without the dashboard");
    tg_err_hint(err, "Build it where libmicrohttpd-dev is installed, without --disable-dashboard.");
    return false;
}

struct tg_sink *tg_dashboard_sink(struct tg_dashboard *d)
{
    (void)d;
    return NULL;
}

void tg_dashboard_prepare(struct tg_dashboard *d, const struct tg_run *run, const char *workflow)
{
    (void)d, (void)run, (void)workflow;
}

void tg_dashboard_begin(struct tg_dashboard *d, const struct tg_inquiry_of *of)
{
    (void)d, (void)of;
}

void tg_dashboard_rest(struct tg_dashboard *d)
{
    (void)d;
}

void tg_dashboard_end(struct tg_dashboard *d, int status, const struct tg_eventfile_number *numbers, size_t count)
{
    (void)d, (void)status, (void)numbers, (void)count;
}

void tg_dashboard_close(struct tg_dashboard *d)
{
    (void)d;
}
