/* SPDX-License-Identifier: MIT
 * A plugin as it was compiled for tgrun 0.1.0: old/tgrun.h, which it finds first, is the header of that release and never
 * changes. */
#include <tgrun.h>

#include <stdio.h>
#include <stdlib.h>

struct coin {
    int64_t *cents; /* owned */
};

static void destroy_coin(void *payload)
{
    free(((struct coin *)payload)->cents);
}

static int describe_coin(const void *payload, char *text, size_t text_size)
{
    return snprintf(text, text_size, "coin(%lld)", (long long)*((const struct coin *)payload)->cents);
}

static const struct tg_object_type coin_type = {
    .size = sizeof coin_type, .encoding_version = 1, .name = "coin", .destroy = destroy_coin, .describe = describe_coin};
static const struct tg_object_type *const types[] = {&coin_type};

static int coin(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    if (tg_as_int(args[0]) < 1) return tg_fail(ctx, "no coin of %lld", (long long)tg_as_int(args[0]));
    int64_t *cents = malloc(sizeof *cents);
    if (!cents) return tg_fail(ctx, "no memory for a coin");
    *cents = tg_as_int(args[0]);
    *out = tg_object_new(&coin_type, sizeof(struct coin));
    ((struct coin *)tg_as_object(*out))->cents = cents;
    return TG_OK;
}

static int cents(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_int(*((const struct coin *)tg_as_object(args[0]))->cents);
    return TG_OK;
}

static const struct tg_task tasks[] = {
    {"coin(cents: int) -> coin", coin, "A coin."},
    {"cents(c: coin) -> int", cents, "What it is worth."},
};
TG_PLUGIN(.name = "aged", .version = "0.1", .doc = "Compiled long ago.", .tasks = tasks, .task_count = TG_COUNT(tasks),
          .types = types, .type_count = TG_COUNT(types));
