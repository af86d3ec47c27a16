/* SPDX-License-Identifier: MIT
 * A plugin with tasks that the plugin math has too, and some that only tests need. */
#include <tgrun.h>

static int64_t inc(int64_t x)
{
    return x + 2;
}
TG_WRAP1(inc, int, int)

/* pair(a, b): a list of two. */
static int pair_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    *out = tg_list_new(count);
    for (size_t i = 0; i < count; i++) tg_list_push(out, tg_ref(args[i]));
    return TG_OK;
}

/* note(text): writes it to standard error; an effect. */
static int note_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    size_t length;
    const char *text = tg_as_text(args[0], &length);
    (void)count;
    tg_log(ctx, text, length);
    *out = tg_nil();
    return TG_OK;
}

/* noted(x, text): x, and writes the text; pure as far as anybody knows. */
static int noted_task(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    size_t length;
    const char *text = tg_as_text(args[1], &length);
    (void)count;
    tg_log(ctx, text, length);
    *out = tg_ref(args[0]);
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"inc(x: int) -> int", inc_task, "Two more."},
    {"pair(a: any, b: any) -> list", pair_task, "A list of two."},
    {"note(text: str) -> nil effect", note_task, "Writes the text."},
    {"noted(x: any, text: str) -> any", noted_task, "x, and writes the text."},
};
TG_PLUGIN(.name = "twin", .version = "1.0", .doc = "For tests.", .tasks = tasks, .task_count = TG_COUNT(tasks));
