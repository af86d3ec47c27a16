/* SPDX-License-Identifier: MIT
 * Requests of a page, as JSON. */
#include "cmd/dashboardcontrol.h"

#include <jansson.h>
#include <string.h>

#include "cmd/signals.h"

static bool pause_run(struct tg_run *run, struct tg_err *err)
{
    return (!tg_signals_number() && tg_stop_pause(run->stop)) || tg_err_set(err, TG_EXIT_CANNOT, "the run is ending");
}

static bool scale_run(struct tg_run *run, const json_t *workers, struct tg_err *err)
{
    json_int_t count = json_integer_value(workers); /* 0 of what is none */
    return tg_run_scale(run, count > 0 && count <= UINT32_MAX ? (unsigned)count : 0, err);
}

/* False and err: it is not to be had. *known: it is a request. */
static bool do_request(struct tg_run *run, const json_t *request, bool *known, enum tg_dashboardcontrol_asked *asked,
                       struct tg_err *err)
{
    const char *what = json_string_value(json_object_get(request, "do"));
    bool stops = what && strcmp(what, "stop") == 0, pauses = what && strcmp(what, "pause") == 0;
    bool resumes = what && strcmp(what, "resume") == 0, scales = what && strcmp(what, "scale") == 0;
    *known = stops || pauses || resumes || scales;
    if (!*known) return tg_err_set(err, TG_EXIT_USAGE, "there is no such request");
    if (!run) return tg_err_set(err, TG_EXIT_CANNOT, "no task is running now");
    if (pauses) return pause_run(run, err);
    if (scales) return scale_run(run, json_object_get(request, "workers"), err);
    if (resumes) tg_stop_resume(run->stop);
    if (stops) *asked = TG_DASHBOARDCONTROL_STOP;
    return true;
}

enum tg_dashboardcontrol_asked tg_dashboardcontrol_do(struct tg_run *run, const char *json, size_t length, unsigned *status,
                                                      struct tg_buf *answer)
{
    enum tg_dashboardcontrol_asked asked = TG_DASHBOARDCONTROL_NOTHING;
    struct tg_err err = {0};
    json_t *request = json_loadb(json, length, JSON_REJECT_DUPLICATES, NULL);
    bool known;
    if (do_request(run, request, &known, &asked, &err)) {
        tg_buf_text(answer, "{\"ok\":true}");
    } else {
        tg_buf_text(answer, "{\"ok\":false,\"error\":");
        tg_buf_json_string(answer, err.message, strlen(err.message));
        tg_buf_char(answer, '}');
    }
    *status = known ? 200 : 400;
    tg_err_done(&err);
    json_decref(request);
    return asked;
}
