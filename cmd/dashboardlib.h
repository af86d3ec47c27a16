/* SPDX-License-Identifier: MIT
 * libmicrohttpd, loaded when there is to be a dashboard: with the libraries that it needs itself it would cost each start of tgrun more
 * than all else. Its headers say what the functions do. Thread class: immutable once it is loaded. */
#ifndef TG_CMD_DASHBOARDLIB_H
#define TG_CMD_DASHBOARDLIB_H

#include <microhttpd.h>
#include <stdbool.h>

#include "engine/base/err.h"

/* clang-format off */
#define TG_DASHBOARDLIB_FUNCTIONS(X) \
    X(MHD_start_daemon) X(MHD_stop_daemon) X(MHD_get_daemon_info) X(MHD_run) X(MHD_get_timeout) X(MHD_add_connection) \
    X(MHD_set_panic_func) X(MHD_get_connection_info) X(MHD_lookup_connection_value) X(MHD_create_response_from_buffer) \
    X(MHD_add_response_header) X(MHD_queue_response) X(MHD_destroy_response)
/* clang-format on */

struct tg_dashboardlib {
#define TG_DASHBOARDLIB_FIELD(name) __typeof__(name) *name;
    TG_DASHBOARDLIB_FUNCTIONS(TG_DASHBOARDLIB_FIELD)
#undef TG_DASHBOARDLIB_FIELD
};

/* The library; stays loaded. False and err if it is not there. */
bool tg_dashboardlib_load(struct tg_dashboardlib *lib, struct tg_err *err);

#endif
