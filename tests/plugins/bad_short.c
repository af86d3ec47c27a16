/* SPDX-License-Identifier: MIT
 * A bad plugin for the tests: an entry that ends before it should. */
#include <tgrun.h>

TG_EXPORT_ const uint64_t tg_plugin_entry[];
const uint64_t tg_plugin_entry[] = {TG_MAGIC, sizeof(struct tg_plugin) | (uint64_t)TG_ABI << 32};
