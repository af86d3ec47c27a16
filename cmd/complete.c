/* SPDX-License-Identifier: MIT
 * Completion scripts for bash, zsh and fish. They ask the program itself what may stand at the cursor (offer.c), and so
 * know each verb, option and word that it knows, and the workflow on the line. */
#include <string.h>

#include "cmd/cmd.h"

void tg_complete(struct tg_buf *b, enum tg_shell shell)
{
    static const char *const scripts[] = {
        [TG_SHELL_BASH] = "completion.bash", [TG_SHELL_ZSH] = "completion.zsh", [TG_SHELL_FISH] = "completion.fish"};
    const struct tg_template *t = tg_templates;
    while (strcmp(t->path, scripts[shell]) != 0) t++;
    tg_buf_text(b, t->text);
}
