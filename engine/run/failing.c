/* SPDX-License-Identifier: MIT
 * Messages about tasks that fail: bad arguments, bad results, the arguments they had. */
#include "engine/run/failing.h"

#include <stdlib.h>
#include <string.h>

/* Bytes of a failed task's arguments that a message shows. */
#define ARGS_SHOWN 200

void tg_failing_done(struct tg_failure *failure)
{
    tg_err_done(&failure->err);
    free(failure->args);
}

char *tg_failing_args(const tg_value *args, size_t count)
{
    struct tg_buf b = {0};
    for (size_t i = 0; i < count; i++) {
        if (i) tg_buf_text(&b, ", ");
        if (b.length >= ARGS_SHOWN) {
            tg_buf_text(&b, "...");
            break;
        }
        if (tg_kind(args[i]) == TG_FAILED) tg_buf_text(&b, "(failed)");
        else tg_value_repr(&b, args[i], ARGS_SHOWN - b.length);
    }
    return tg_buf_take(&b);
}

static const char *article(const char *noun)
{
    return strchr("aeiou", noun[0]) ? "an" : "a";
}

bool tg_failing_misfit(struct tg_ctx *ctx, const struct tg_def *def, const tg_value *args, size_t count)
{
    if (def->flags & TG_DEF_UNCHECKED) return false;
    for (size_t i = 0; i < count; i++) {
        const struct tg_sig_param *param = tg_sig_param_of(&def->sig, i);
        if (tg_kind(args[i]) == TG_FUNCTION && !tg_def_takes_functions(def)) {
            tg_err_set(&ctx->err, TG_EXIT_FAILED, "argument '%s' of '%s' cannot be a function", param ? param->name : "",
                       def->name);
            return true;
        }
        if (tg_kind(args[i]) == TG_FAILED || !param || tg_type_accepts(&param->type, args[i])) continue;
        struct tg_buf type = {0};
        tg_type_print(&type, &param->type);
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "parameter '%s' of task '%s' takes %s, not %s", param->name, def->name,
                   tg_buf_str(&type), tg_value_kind_name(args[i]));
        tg_buf_done(&type);
        return true;
    }
    return false;
}

void tg_failing_result(struct tg_ctx *ctx, const struct tg_def *def, int status, tg_value out)
{
    if (ctx->err.code) return;
    if (status != TG_OK) {
        tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' failed without saying why", def->name);
        return;
    }
    struct tg_buf type = {0};
    tg_type_print(&type, &def->sig.result);
    bool invalid = tg_kind(out) == TG_FUTURE || tg_kind(out) == TG_FAILED;
    const char *kind = invalid ? "invalid value" : tg_value_kind_name(out);
    tg_err_set(&ctx->err, TG_EXIT_FAILED, "task '%s' returned %s %s where its signature says %s", def->name, article(kind),
               kind, tg_buf_str(&type));
    tg_buf_done(&type);
}
