/* SPDX-License-Identifier: MIT
 * Overlays: the variables of files as functions saw them when an expansion point was made. */
#include "lang/eval/overlay.h"

/* True if the overlay of the running expansion point still holds: its view may have been changed. */
static bool overlay_holds(struct tg_eval *e)
{
    const struct tg_list *overlay = tg_list_of(e->world.overlay);
    const struct tg_module *top = e->world.top;
    TG_ASSERT(overlay->count >= top->shared.count);
    for (size_t i = 0; i < top->shared.count; i++) {
        uint32_t slot = top->shared.items[i];
        if (top->born.items[slot] != TG_BORN_OFTEN) continue;
        if (overlay->items[i].tag != e->view[slot].tag || overlay->items[i].bits != e->view[slot].bits) return false;
    }
    return true;
}

/* The overlay of the running expansion point, with what has changed since. */
static tg_value changed_overlay(struct tg_eval *e)
{
    const struct tg_list *before = tg_list_of(e->world.overlay);
    const struct tg_module *top = e->world.top;
    tg_value overlay = tg_list_make(before->count);
    for (size_t i = 0; i < before->count; i++) {
        bool often = i < top->shared.count && top->born.items[top->shared.items[i]] == TG_BORN_OFTEN;
        tg_list_add(overlay, tg_value_ref(often ? e->view[top->shared.items[i]] : before->items[i]));
    }
    return overlay;
}

/* At graph time: the variables that may have other values later, and those that must be held. */
static tg_value first_overlay(struct tg_eval *e)
{
    const struct tg_module *top = e->world.top;
    tg_value overlay = tg_list_make(top->shared.count + 1);
    bool any = false;
    for (size_t i = 0; i < top->shared.count; i++) {
        uint32_t slot = top->shared.items[i];
        tg_value v = top->globals[slot];
        bool matters = top->born.items[slot] == TG_BORN_OFTEN || tg_value_marks(v);
        any = any || matters;
        tg_list_add(overlay, matters ? tg_value_ref(v) : tg_nil());
    }
    for (size_t i = 0; i < e->program->modules.count; i++) {
        const struct tg_module *m = e->program->modules.items[i];
        if (m == top || tg_kind(m->kept) != TG_LIST) continue;
        any = true;
        tg_list_add(overlay, tg_value_ref(m->kept));
    }
    if (any) return overlay;
    tg_value_unref(overlay);
    return tg_nil();
}

tg_value tg_overlay_make(struct tg_eval *e)
{
    if (!e->fragment) return first_overlay(e);
    if (tg_kind(e->world.overlay) != TG_LIST) return tg_nil();
    return overlay_holds(e) ? tg_value_ref(e->world.overlay) : changed_overlay(e);
}

void tg_overlay_show(struct tg_eval *e, bool show)
{
    const struct tg_module *top = e->world.top;
    if (tg_kind(e->world.overlay) != TG_LIST) return;
    const struct tg_list *overlay = tg_list_of(e->world.overlay);
    TG_ASSERT(top && e->view && overlay->count >= top->shared.count);
    for (size_t i = 0; i < top->shared.count; i++) {
        uint32_t slot = top->shared.items[i];
        if (top->born.items[slot] != TG_BORN_OFTEN) continue;
        if (show) tg_slot_set(&e->view[slot], tg_value_ref(overlay->items[i]));
        else tg_slot_set(&e->view[slot], tg_make_(TG_UNSET, 0));
    }
}
