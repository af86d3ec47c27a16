/* SPDX-License-Identifier: MIT
 * Objects on their way between processes: as the full name of their type, the version of its encoding and bytes. Both processes
 * have loaded the plugin. Any thread. */
#ifndef TG_PLUGIN_TRAVEL_H
#define TG_PLUGIN_TRAVEL_H

#include "engine/base/err.h"
#include "engine/value/value.h"

/* What is sent for an object. registry: a struct tg_registry, which owns *type; *content is owned, bytes. False and err if the
 * type does not travel or its encode fails; *content is nil then. */
bool tg_travel_encode(void *registry, tg_value object, const char **type, uint32_t *version, tg_value *content,
                      struct tg_err *err);
/* The object again, owned. The content, which is taken, may be anything. False and err if the type is not there or its decode
 * fails; *object is nil then. */
bool tg_travel_decode(void *registry, const char *type, size_t type_length, uint32_t version, tg_value take_content,
                      tg_value *object, struct tg_err *err);

#endif
