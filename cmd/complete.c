/* SPDX-License-Identifier: MIT
 * Completion scripts for bash, zsh and fish, made from the verbs' tables.
 *
 * Each script knows the verbs, the options of each, the words of choices, and where a file or folder belongs. Without a
 * verb the options of `run` are offered, since a file alone is run. */
#include <string.h>

#include "cmd/cmd.h"

/* ---- shared -------------------------------------------------------------------------------------- */

/* Adds text inside single quotes of a shell. */
static void add_quoted(struct tg_buf *b, const char *text)
{
    for (; *text; text++) {
        if (*text == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *text);
    }
}

static void add_choices(struct tg_buf *b, const struct tg_opt *o)
{
    const char *word;
    for (size_t i = 0; (word = tg_opt_choice(o, i)); i++) tg_buf_format(b, "%s%s", i ? " " : "", word);
}

static void add_verb_names(struct tg_buf *b)
{
    for (size_t i = 0; tg_verbs[i]; i++) tg_buf_format(b, "%s%s", i ? " " : "", tg_verbs[i]->name);
}

/* ---- bash ---------------------------------------------------------------------------------------- */

/* "run:-j|run:--jobs" */
static void bash_pattern(struct tg_buf *b, const struct tg_verb *v, const struct tg_opt *o)
{
    tg_buf_text(b, "    ");
    if (o->letter) tg_buf_format(b, "%s:-%c%s", v->name, o->letter, o->name ? "|" : "");
    if (o->name) tg_buf_format(b, "%s:--%s", v->name, o->name);
}

static void bash_values(struct tg_buf *b, const struct tg_verb *v)
{
    for (const struct tg_opt *o = v->options; !tg_opt_end(o); o++) {
        if (!tg_opt_takes_value(o) || o->hidden) continue;
        bash_pattern(b, v, o);
        if (o->kind == TG_OPT_CHOICE) {
            tg_buf_text(b, ") _tgrun_offer -W '");
            add_choices(b, o);
            tg_buf_text(b, "' ;;\n");
        } else if (o->complete == TG_COMPLETE_FILE) {
            tg_buf_text(b, ") _tgrun_offer -f ;;\n");
        } else if (o->complete == TG_COMPLETE_FOLDER) {
            tg_buf_text(b, ") _tgrun_offer -d ;;\n");
        } else {
            tg_buf_text(b, ") ;;\n");
        }
    }
}

static void bash_options(struct tg_buf *b, const struct tg_verb *v)
{
    tg_buf_format(b, "    %s) options='", v->name);
    const char *between = "";
    for (const struct tg_opt *o = v->options; !tg_opt_end(o); o++) {
        if (o->hidden) continue;
        if (o->name) tg_buf_format(b, "%s--%s%s", between, o->name, tg_opt_takes_value(o) ? "=" : "");
        else tg_buf_format(b, "%s-%c", between, o->letter);
        between = " ";
    }
    tg_buf_text(b, "' ;;\n");
}

/* Words of verbs, option names, files. */
static void bash_rest(struct tg_buf *b)
{
    tg_buf_text(b, "    new:new) _tgrun_offer -W 'plugin workflow' ;;\n"
                   "    help:help) _tgrun_offer -W \"$verbs\" ;;\n"
                   "    *)\n"
                   "        if [[ $word == -* ]]; then\n"
                   "            case $verb in\n");
    for (size_t i = 0; tg_verbs[i]; i++) tg_buf_text(b, "        "), bash_options(b, tg_verbs[i]);
    tg_buf_text(b, "            esac\n"
                   "            _tgrun_offer -W \"$options\"\n"
                   "            [[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace\n"
                   "        else\n"
                   "            _tgrun_offer -f\n"
                   "            ((i == COMP_CWORD)) && _tgrun_offer -W \"$verbs\"\n"
                   "        fi ;;\n"
                   "    esac\n"
                   "}\n\n"
                   "complete -F _tgrun tgrun\n");
}

static void bash(struct tg_buf *b)
{
    tg_buf_text(b, "# bash completion for tgrun; made by `tgrun help --completion=bash`\n\n"
                   "_tgrun() {\n"
                   "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} verb=run options= i\n"
                   "    local verbs='");
    add_verb_names(b);
    tg_buf_text(b, "'\n"
                   "    COMPREPLY=()\n"
                   "    _tgrun_offer() {\n"
                   "        [[ $1 == -W ]] || compopt -o filenames\n"
                   "        mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen \"$@\" -- \"$word\")\n"
                   "    }\n"
                   "    # bash takes `=` as a word of its own\n"
                   "    if [[ $word == = ]]; then\n"
                   "        word=\n"
                   "    elif [[ $before == = ]]; then\n"
                   "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
                   "    fi\n"
                   "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                   "        if [[ ${COMP_WORDS[i]} != -* ]]; then\n"
                   "            [[ \" $verbs \" == *\" ${COMP_WORDS[i]} \"* ]] && verb=${COMP_WORDS[i]}\n"
                   "            break\n"
                   "        fi\n"
                   "    done\n"
                   "    case $verb:$before in\n");
    for (size_t i = 0; tg_verbs[i]; i++) bash_values(b, tg_verbs[i]);
    bash_rest(b);
}

/* ---- zsh ----------------------------------------------------------------------------------------- */

/* Adds text inside an _arguments specification: brackets and colons have a meaning there. */
static void zsh_text(struct tg_buf *b, const char *text)
{
    for (; *text; text++) {
        if (strchr("[]:\\", *text)) tg_buf_char(b, '\\');
        if (*text == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *text);
    }
}

static void zsh_option(struct tg_buf *b, const struct tg_opt *o)
{
    tg_buf_text(b, "            ");
    bool repeats = o->kind == TG_OPT_WORDS, value = tg_opt_takes_value(o);
    if (repeats) tg_buf_text(b, "'*'");
    else if (o->letter && o->name) tg_buf_format(b, "'(-%c --%s)'", o->letter, o->name);
    if (o->letter && o->name) tg_buf_format(b, "{-%c%s,--%s%s}", o->letter, value ? "+" : "", o->name, value ? "=" : "");
    else if (o->name) tg_buf_format(b, "--%s%s", o->name, value ? "=" : "");
    else tg_buf_format(b, "-%c%s", o->letter, value ? "+" : "");
    tg_buf_text(b, "'[");
    zsh_text(b, o->help);
    tg_buf_char(b, ']');
    if (value) {
        tg_buf_char(b, ':');
        zsh_text(b, o->value);
        tg_buf_char(b, ':');
        if (o->kind == TG_OPT_CHOICE) tg_buf_char(b, '('), add_choices(b, o), tg_buf_char(b, ')');
        else if (o->complete == TG_COMPLETE_FILE) tg_buf_text(b, "_files");
        else if (o->complete == TG_COMPLETE_FOLDER) tg_buf_text(b, "_files -/");
    }
    tg_buf_text(b, "' \\\n");
}

static const char *zsh_words(const struct tg_verb *v)
{
    if (v == &tg_verb_new) return "'1:what:(plugin workflow)' '2:name:'";
    if (v == &tg_verb_plugins) return "'1:plugin:_files -g \"*.so\"'";
    if (v == &tg_verb_config) return "";
    if (v == &tg_verb_help) return "\"1:verb:($verbs[*])\"";
    if (v == &tg_verb_fmt) return "'*:file:_files -g \"*.tg\"'";
    return "'1:workflow:_files -g \"*.(tg|yaml|yml)\"' '*:output:'";
}

static void zsh(struct tg_buf *b)
{
    tg_buf_text(b, "#compdef tgrun\n"
                   "# zsh completion for tgrun; made by `tgrun help --completion=zsh`\n\n"
                   "_tgrun() {\n"
                   "    local -a verbs described\n"
                   "    verbs=(");
    add_verb_names(b);
    tg_buf_text(b, ")\n    described=(\n");
    for (size_t i = 0; tg_verbs[i]; i++) {
        tg_buf_format(b, "        '%s:", tg_verbs[i]->name);
        add_quoted(b, tg_verbs[i]->summary);
        tg_buf_text(b, "'\n");
    }
    tg_buf_text(b, "    )\n"
                   "    local verb=run\n"
                   "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then\n"
                   "        _describe verb described\n"
                   "        _files -g '*.(tg|yaml|yml)'\n"
                   "        return\n"
                   "    fi\n"
                   "    if (( $verbs[(Ie)$words[2]] )); then\n"
                   "        verb=$words[2]\n"
                   "        shift words\n"
                   "        (( CURRENT-- ))\n"
                   "    fi\n"
                   "    case $verb in\n");
    for (size_t i = 0; tg_verbs[i]; i++) {
        tg_buf_format(b, "    %s)\n        _arguments -s -S \\\n", tg_verbs[i]->name);
        for (const struct tg_opt *o = tg_verbs[i]->options; !tg_opt_end(o); o++)
            if (!o->hidden) zsh_option(b, o);
        tg_buf_format(b, "            %s ;;\n", zsh_words(tg_verbs[i]));
    }
    tg_buf_text(b, "    esac\n}\n\n_tgrun \"$@\"\n");
}

/* ---- fish ---------------------------------------------------------------------------------------- */

static void fish_option(struct tg_buf *b, const struct tg_verb *v, const struct tg_opt *o)
{
    if (v == &tg_verb_run) tg_buf_text(b, "complete -c tgrun -n '__tgrun_runs'");
    else tg_buf_format(b, "complete -c tgrun -n '__fish_seen_subcommand_from %s'", v->name);
    if (o->letter) tg_buf_format(b, " -s %c", o->letter);
    if (o->name) tg_buf_format(b, " -l %s", o->name);
    if (o->kind == TG_OPT_CHOICE) tg_buf_text(b, " -x -a '"), add_choices(b, o), tg_buf_char(b, '\'');
    else if (o->complete == TG_COMPLETE_FILE) tg_buf_text(b, " -r -F");
    else if (o->complete == TG_COMPLETE_FOLDER) tg_buf_text(b, " -x -a '(__fish_complete_directories)'");
    else if (tg_opt_takes_value(o)) tg_buf_text(b, " -x");
    tg_buf_text(b, " -d '");
    for (const char *c = o->help; *c; c++) { /* fish escapes inside single quotes with a backslash */
        if (*c == '\'' || *c == '\\') tg_buf_char(b, '\\');
        tg_buf_char(b, *c);
    }
    tg_buf_text(b, "'\n");
}

static void fish(struct tg_buf *b)
{
    tg_buf_text(b, "# fish completion for tgrun; made by `tgrun help --completion=fish`\n\n"
                   "function __tgrun_runs\n"
                   "    not __fish_seen_subcommand_from");
    for (size_t i = 0; tg_verbs[i]; i++)
        if (tg_verbs[i] != &tg_verb_run) tg_buf_format(b, " %s", tg_verbs[i]->name);
    tg_buf_text(b, "\nend\n\n");
    for (size_t i = 0; tg_verbs[i]; i++) {
        tg_buf_format(b, "complete -c tgrun -n __fish_use_subcommand -a %s -d '", tg_verbs[i]->name);
        add_quoted(b, tg_verbs[i]->summary);
        tg_buf_text(b, "'\n");
    }
    tg_buf_text(b, "complete -c tgrun -n '__fish_seen_subcommand_from new' -f -a 'plugin workflow'\n");
    for (size_t i = 0; tg_verbs[i]; i++)
        for (const struct tg_opt *o = tg_verbs[i]->options; !tg_opt_end(o); o++)
            if (!o->hidden) fish_option(b, tg_verbs[i], o);
}

void tg_complete(struct tg_buf *b, enum tg_shell shell)
{
    if (shell == TG_SHELL_BASH) bash(b);
    else if (shell == TG_SHELL_ZSH) zsh(b);
    else if (shell == TG_SHELL_FISH) fish(b);
}
