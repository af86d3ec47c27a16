/* SPDX-License-Identifier: MIT
 * The text of an `sh` as its shell gets it. */
#include "lang/bind/shelltext.h"

#include "engine/command/quote.h"
#include "engine/command/shellvars.h"

bool tg_shelltext_add(struct tg_buf *b, const struct tg_ast *sh)
{
    const struct tg_ast *text = tg_n_sh_text(sh);
    bool whole = true;
    if (text->kind == TG_N_STR) tg_buf_add(b, text->text, text->length);
    for (struct tg_visit k = tg_visit_kids(text); tg_visit_next(&k);) {
        if (k.kid->kind == TG_N_STR) tg_buf_add(b, k.kid->text, k.kid->length);
        else tg_buf_char(b, TG_QUOTE_MARK);
        whole = whole && !(k.kid->flags & TG_F_RAW_CALL);
    }
    return whole;
}

bool tg_shelltext_sets(const struct tg_ast *sh, const char *name)
{
    struct tg_buf b = {0};
    tg_shelltext_add(&b, sh);
    bool sets = tg_shellvars_sets(tg_buf_str(&b), b.length, name);
    tg_buf_done(&b);
    return sets;
}
