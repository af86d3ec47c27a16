/* SPDX-License-Identifier: MIT
 * Objects at home, while tasks run in executors: their plugin's code does not run here, so they stay as they came, encoded. Such
 * a one has a type of ours, with the name of the real one, which shows it by asking an executor. Thread class: any thread. */
#ifndef TG_REMOTE_SEALED_H
#define TG_REMOTE_SEALED_H

#include "engine/value/codec.h"

struct tg_pool;
/* How the codec of a link reads and writes objects. They must be gone before the pool. */
struct tg_codec_objects tg_sealed_codec(struct tg_pool *pool);

#endif
