/* SPDX-License-Identifier: MIT
 * The words of one command in the text of an `sh`.
 *
 * A variable's content is text to a shell, but for what is listed here: builtins that take names of variables (which may
 * have subscripts, and these are arithmetic, in which $(..) runs), numbers (arithmetic in ksh and zsh), or code. The list
 * is the union over sh, dash, bash, ksh and zsh, so that a text means the same to all of them. */
#include "engine/command/shellwords.h"

#include <string.h>

#include <tgrun.h>

#include "engine/base/ascii.h"
#include "engine/base/assert.h"
#include "engine/command/shell.h"

enum kind {
    PLAIN,     /* words are text */
    LEADS,     /* a command may follow: `then` */
    WRAPS,     /* one that begins with no keyword: `exec` */
    NUMBERS,   /* ints only */
    MATCHES,   /* likewise, but for the pattern of paths behind -G */
    DECLARE,   /* NAME=text, but only literal names */
    OPTIONS,   /* text, but not where it could be an option */
    PRINTF,    /* text, behind a literal format whose conversions take text */
    TEST,      /* text, but not what an operator takes as number or name, and not two values side by side */
    CONDITION, /* [[ .. ]]: likewise, and values are never operators */
    FOR,       /* a name, then text that a variable gets */
    FUNCTION,  /* a name, then a command */
    CASE,      /* text; its ')' have no '(' */
    CODE,      /* all is read as code */
    REMOTE,    /* all behind the first word is */
    PROGRAM,   /* the first word that is no option is: awk, sed */
    RUNS,      /* a word may name one of these: sudo awk */
    PARALLEL,  /* the words behind its options and before ':::' are */
};

#define FORMAT_MAX 32 /* conversions of a printf whose words are told apart */

struct tg_role {
    const char *name;
    enum kind kind;
    const char *text; /* where only an int can stand; what reads code */
};

#define IN(name) "among the words of '" name "'"
#define NUMBER(name)            \
    {                           \
        name, NUMBERS, IN(name) \
    }
#define READS(name, kind)        \
    {                            \
        name, kind, "'" name "'" \
    }

/* clang-format off */
static const struct tg_role roles[] = {
    {"if", LEADS, ""}, {"then", LEADS, ""}, {"else", LEADS, ""}, {"elif", LEADS, ""}, {"do", LEADS, ""}, {"while", LEADS, ""},
    {"until", LEADS, ""}, {"!", LEADS, ""}, {"{", LEADS, ""}, {"time", LEADS, ""}, {"coproc", LEADS, ""}, {"-", WRAPS, ""},
    {"command", WRAPS, ""}, {"builtin", WRAPS, ""}, {"exec", WRAPS, ""}, {"nocorrect", WRAPS, ""}, {"noglob", WRAPS, ""},
    {"for", FOR, "as the name of a variable"}, {"select", FOR, "as the name of a variable"},
    {"foreach", FOR, "as the name of a variable"}, {"function", FUNCTION, "as the name of a function"}, {"case", CASE, ""},
    {"[[", CONDITION, "in a comparison of numbers"}, {"[", TEST, "here in [ .. ]"}, {"test", TEST, "here in 'test'"},
    {"printf", PRINTF, IN("printf")}, {"set", OPTIONS, "in 'set' before '--'"}, {"print", OPTIONS, "in 'print' before '--'"},
    {"declare", DECLARE, IN("declare")}, {"typeset", DECLARE, IN("typeset")}, {"local", DECLARE, IN("local")},
    {"export", DECLARE, IN("export")}, {"readonly", DECLARE, IN("readonly")}, {"private", DECLARE, IN("private")},
    {"integer", DECLARE, IN("integer")}, {"float", DECLARE, IN("float")}, {"nameref", DECLARE, IN("nameref")},
    NUMBER("let"), NUMBER("unset"), NUMBER("read"), NUMBER("mapfile"), NUMBER("readarray"), NUMBER("getopts"),
    NUMBER("wait"), NUMBER("exit"), NUMBER("return"), NUMBER("shift"), NUMBER("break"), NUMBER("continue"),
    NUMBER("repeat"), NUMBER("ulimit"), NUMBER("limit"), NUMBER("trap"), NUMBER("alias"), NUMBER("hash"), NUMBER("enable"),
    {"compgen", MATCHES, IN("compgen")}, NUMBER("complete"), NUMBER("compopt"), NUMBER("bind"), NUMBER("bindkey"), NUMBER("shopt"),
    NUMBER("setopt"), NUMBER("unsetopt"), NUMBER("emulate"), NUMBER("vared"), NUMBER("sched"), NUMBER("zle"), NUMBER("zpty"),
    NUMBER("zmodload"), NUMBER("zparseopts"), NUMBER("zformat"), NUMBER("zstyle"), NUMBER("zcompile"), NUMBER("functions"),
    NUMBER("autoload"), NUMBER("fc"), NUMBER("hist"), NUMBER("history"), NUMBER("getln"), NUMBER("global"),
    NUMBER("compound"), NUMBER("enum"), NUMBER("sysread"), NUMBER("sysopen"), NUMBER("zstat"), NUMBER("strftime"), NUMBER("syswrite"),
    NUMBER("sysseek"), NUMBER("zsystem"), NUMBER("zselect"), NUMBER("zgetattr"), NUMBER("zsetattr"), NUMBER("pcre_match"),
    READS("zmv", CODE), READS("zcalc", CODE), {"zargs", RUNS, ""},
    {"env", RUNS, ""}, {"nice", RUNS, ""}, {"ionice", RUNS, ""}, {"nohup", RUNS, ""}, {"timeout", RUNS, ""}, {"sudo", RUNS, ""},
    {"doas", RUNS, ""}, {"setsid", RUNS, ""}, {"stdbuf", RUNS, ""}, {"unbuffer", RUNS, ""}, {"xargs", RUNS, ""}, {"find", RUNS, ""},
    {"taskset", RUNS, ""}, {"strace", RUNS, ""}, {"srun", RUNS, ""}, {"docker", RUNS, ""}, {"podman", RUNS, ""},
    {"singularity", RUNS, ""}, {"apptainer", RUNS, ""}, {"kubectl", RUNS, ""}, {"busybox", RUNS, ""}, {"flock", RUNS, ""},
    READS("parallel", PARALLEL), READS("eval", CODE), READS("watch", CODE), READS("ssh", REMOTE), READS("rsh", REMOTE),
    READS("awk", PROGRAM),
    READS("gawk", PROGRAM), READS("mawk", PROGRAM), READS("nawk", PROGRAM), READS("sed", PROGRAM), READS("gsed", PROGRAM),
};
static const struct tg_role plain_role = {"", PLAIN, ""};

/* Programs that read the word behind -c or -e as code, and their standard input if they are told nothing else. */
struct tg_interpreter {
    const char *name, *letters;
    bool joined;  /* of several letters the code's is the last one, and it may follow at once: -lane'..' */
    bool operand; /* other words may come first: su USER -c */
};
static const struct tg_interpreter interpreters[] = {
    {"sh", "c", false, false}, {"dash", "c", false, false}, {"bash", "c", false, false}, {"ksh", "c", false, false},
    {"zsh", "c", false, false}, {"ash", "c", false, false}, {"fish", "c", false, false}, {"mksh", "c", false, false},
    {"yash", "c", false, false}, {"rbash", "c", false, false}, {"ksh93", "c", false, false}, {"su", "c", false, true},
    {"runuser", "c", false, true}, {"sg", "c", false, true}, {"flock", "c", false, true}, {"python", "c", true, false},
    {"python2", "c", true, false}, {"python3", "c", true, false}, {"perl", "eE", true, false}, {"ruby", "e", true, false},
    {"node", "ep", true, false}, {"php", "r", true, false}, {"lua", "e", true, false}, {"Rscript", "e", true, false},
    {"R", "e", true, false}, {"julia", "eE", true, false}, {"gnuplot", "e", true, false},
};

/* Variables that read what they get: arithmetic, or code. */
static const char *const specials[] = {
    "RANDOM", "SRANDOM", "SECONDS", "LINENO", "HISTCMD", "HISTSIZE", "SAVEHIST", "EPOCHSECONDS", "EPOCHREALTIME", "BASHPID",
    "OPTIND", "COLUMNS", "LINES", "TMOUT", "UID", "EUID", "GID", "EGID", "PPID", "ERRNO", "TTYIDLE", "MAILCHECK", "LISTMAX",
    "KEYTIMEOUT", "DIRSTACKSIZE", "FUNCNEST", "LOGCHECK", "BAUD", "REPORTTIME", "REPORTMEMORY", "BASH_XTRACEFD", "PS0", "PS1",
    "PS2", "PS3", "PS4", "PROMPT", "PROMPT2", "PROMPT3", "PROMPT4", "PROMPT_COMMAND", "BASH_COMPAT", "SHLVL", "JOBMAX",
    "KSHEGID", "KSHGID", "KSHUID", "PGRP", "PIPESTATUS", "USER_ID", "TRY_BLOCK_ERROR", "TRY_BLOCK_INTERRUPT", "ZSH_SUBSHELL",
    "PERIOD", "ARGC", "status", "BASH_ENV", "NULLCMD", "READNULLCMD",
};
/* Arrays of what runs: an item is code, or names a program. */
static const char *const tables[] = {"functions", "aliases", "galiases", "saliases", "dis_functions", "dis_aliases", "commands",
                                     "BASH_ALIASES", "BASH_CMDS"};
/* clang-format on */

static const struct tg_role *find_role(const char *name)
{
    for (size_t i = 0; i < TG_COUNT(roles); i++)
        if (strcmp(roles[i].name, name) == 0) return &roles[i];
    return NULL;
}

bool tg_quote_runs_code(const char *program)
{
    const struct tg_role *role = find_role(program);
    return role && role->kind != LEADS && role->kind != RUNS && role->kind != PARALLEL && role->kind != PROGRAM &&
           role->kind != REMOTE;
}

/* ---- one word ------------------------------------------------------------------------------------ */

static enum kind kind_of(const struct tg_shellwords *w)
{
    return w->role ? w->role->kind : PLAIN;
}

static bool is_literal(const struct tg_word *word)
{
    return word->length < TG_WORD_BYTES;
}

static bool is_one_of(const struct tg_word *word, const char *words)
{
    const char *at = is_literal(word) && word->length ? strstr(words, word->text) : NULL;
    for (; at; at = strstr(at + 1, word->text))
        if ((at == words || at[-1] == ' ') && (at[word->length] == ' ' || !at[word->length])) return true;
    return false;
}

static void begin_text(struct tg_shellwords *w, char first)
{
    if (!w->now.begun) w->now.from = *w->next;
    w->now.begun = true;
    if (!w->now.first) w->now.first = first;
}

static bool is_among(const char *const *names, size_t count, const char *text, size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(names[i]) == length && memcmp(names[i], text, length) == 0) return true;
    return false;
}

/* Why the variable that the word assigns to takes ints only. */
static const char *find_special(const struct tg_word *word)
{
    bool item = word->length > word->name_bytes + (word->name == TG_NAME_PLUS);
    bool special = is_among(specials, TG_COUNT(specials), word->text, word->name_bytes) ||
                   (item && is_among(tables, TG_COUNT(tables), word->text, word->name_bytes));
    return special ? "in a variable that the shell reads as a number or as code" : NULL;
}

static void found_assignment(struct tg_shellwords *w)
{
    struct tg_word *now = &w->now;
    bool can = !w->role || w->array || w->role->kind == DECLARE;
    now->assigns = can && is_literal(now);
    if (can && !is_literal(now)) now->assigns = true; /* a long name, or one with a subscript */
    if (now->name_bytes < TG_WORD_BYTES) now->special = find_special(now);
    now->name = TG_NAME_NOT;
}

/* Follows NAME=, NAME+=, NAME[..]= at the start of a word. */
static void follow_name(struct tg_shellwords *w, char c, bool quoted)
{
    struct tg_word *now = &w->now;
    bool more = (tg_ascii_is_name_byte(c) && !(now->name == TG_NAME_NONE && c >= '0' && c <= '9')) ||
                (c == '.' && now->name != TG_NAME_PLUS); /* ksh: x.y */
    if (now->name == TG_NAME_NOT) return;
    if (now->name == TG_NAME_SUBSCRIPT) {
        if (!w->subscript) now->name = TG_NAME; /* behind ']' */
    } else if (quoted) {
        now->name = TG_NAME_NOT;
        return;
    }
    if (now->name == TG_NAME_SUBSCRIPT) return;
    if (c == '=' && now->name != TG_NAME_NONE) found_assignment(w);
    else if (c == '+' && now->name == TG_NAME) now->name = TG_NAME_PLUS;
    else if (c == '[' && now->name == (w->array ? TG_NAME_NONE : TG_NAME)) {
        now->name = w->array || now->descriptor || !w->role || w->role->kind == DECLARE ? TG_NAME_SUBSCRIPT : TG_NAME_NOT;
        w->subscript = now->name == TG_NAME_SUBSCRIPT;
    } else if (c == '{' && now->length == 0 && !w->array) now->descriptor = true; /* {NAME[..]}>FILE */
    else if (more && now->name != TG_NAME_PLUS) now->name = TG_NAME, now->name_bytes++;
    else now->name = TG_NAME_NOT;
}

static bool in_format(const struct tg_shellwords *w)
{
    return kind_of(w) == PRINTF && !w->settled && !w->redirected && !is_one_of(&w->last, "-v");
}

/* printf's format: only %s, %b, %q and %c take text as text everywhere. */
static void follow_format(struct tg_shellwords *w, char c)
{
    if (!w->percent) {
        w->percent = c == '%';
        return;
    }
    w->percent = c != '%';
    if (strchr("0123456789.-+ #%", c)) return;
    if (w->conversions == FORMAT_MAX || c == '$' || c == '(') w->shifted = true;
    else if (!strchr("sbqc", c)) w->numbers |= UINT32_C(1) << w->conversions;
    w->conversions += w->conversions < FORMAT_MAX;
    w->counts |= w->numbers || w->shifted;
    w->percent = c == '*';
}

/* Whether the word that begins now is what printf's format takes as a number. */
static bool is_formatted_number(const struct tg_shellwords *w)
{
    if (!w->counts || w->shifted || !w->conversions) return w->counts;
    return w->numbers >> (w->arguments % w->conversions) & 1;
}

/* Some words are numbers and some are not: it matters which word is which. */
static bool is_mixed_format(const struct tg_shellwords *w)
{
    return w->counts && !w->shifted && w->numbers != UINT32_MAX >> (FORMAT_MAX - w->conversions);
}

unsigned tg_shellwords_brackets(unsigned open, char c, bool quoted)
{
    if (open && c == '[') return open + 1;
    return open && c == ']' && !quoted ? open - 1 : open;
}

void tg_shellwords_char(struct tg_shellwords *w, char c, bool quoted)
{
    begin_text(w, c);
    struct tg_word *now = &w->now;
    now->quoted |= quoted;
    now->solid = true;
    now->several |= !quoted && strchr("*?[{~", c);
    w->subscript = tg_shellwords_brackets(w->subscript, c, quoted);
    if (c != ']' || now->name != TG_NAME_SUBSCRIPT) follow_name(w, c, quoted);
    if (in_format(w)) follow_format(w, c);
    if (now->length + 1 < TG_WORD_BYTES) now->text[now->length++] = c;
    else now->length = TG_WORD_BYTES;
}

void tg_shellwords_quote(struct tg_shellwords *w)
{
    begin_text(w, 0);
    w->now.quoted = true;
    if (w->now.name != TG_NAME_SUBSCRIPT) w->now.name = TG_NAME_NOT;
}

void tg_shellwords_unknown(struct tg_shellwords *w, bool solid)
{
    begin_text(w, 1);
    w->now.solid |= solid;
    w->now.length = TG_WORD_BYTES;
    if (w->now.name != TG_NAME_SUBSCRIPT) w->now.name = TG_NAME_NOT;
    w->now.several |= !solid;
    if (in_format(w)) w->counts = w->shifted = true;
}

/* ---- values -------------------------------------------------------------------------------------- */

#define NUMERIC "-eq -ne -lt -le -gt -ge"
#define TAKES_NAME "-v -R -t"

static const char *word_base(const struct tg_word *word)
{
    const char *slash = strrchr(word->text, '/');
    return slash ? slash + 1 : word->text;
}

static const struct tg_interpreter *find_interpreter(const struct tg_word *word)
{
    for (size_t i = 0; is_literal(word) && i < TG_COUNT(interpreters); i++)
        if (strcmp(word_base(word), interpreters[i].name) == 0) return &interpreters[i];
    return NULL;
}

/* A word such as -c or -euc behind the name of an interpreter, or as much of one as -lane'..'. */
static bool asks_for_code(const struct tg_interpreter *i, const struct tg_word *word, bool begun)
{
    const char *at = word->text + 1;
    if (word->text[0] != '-' || !*at) return false;
    while (tg_ascii_is_name_byte(*at) && !strchr(i->letters, *at)) at++;
    if (!*at || !strchr(i->letters, *at)) return false;
    return begun || at[1 + strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")] == 0;
}

/* What the word tells an interpreter. */
static void tell_interpreter(struct tg_shellwords *w)
{
    const struct tg_word *now = &w->now;
    const struct tg_interpreter *found = find_interpreter(now), *i = w->interpreter;
    bool last_code = w->code_next, option = now->first == '-' || now->first == '+';
    w->code_next = false;
    if (found) {
        w->interpreter = found;
        w->reads_input = true;
        w->told = false;
        return;
    }
    if (!i) return;
    if (!option && !i->operand && find_interpreter(&w->last)) w->interpreter = NULL; /* a script */
    else if (is_literal(now)) w->code_next = asks_for_code(i, now, false) || (last_code && is_one_of(now, "--"));
    if (is_one_of(now, "- -s")) w->told = true;
    char end = is_literal(&w->last) && w->last.first == '-' && w->last.length ? w->last.text[w->last.length - 1] : 0;
    if (!w->told && ((!option && !(end && strchr("oOWXI", end))) || w->code_next)) w->reads_input = false;
}

static bool takes_code(const struct tg_shellwords *w)
{
    const struct tg_interpreter *i = w->interpreter;
    return w->code_next || (i && i->joined && asks_for_code(i, &w->now, true));
}

const char *tg_shellwords_input(const struct tg_shellwords *w)
{
    if (w->reads_input) return "the shell or interpreter";
    return kind_of(w) == REMOTE && !w->commanded ? w->role->text : NULL;
}

static bool could_be_option(const struct tg_shellwords *w)
{
    return !w->settled && (!w->now.first || w->now.first == 1 || w->now.first == '-' || w->now.first == '+');
}

/* Options whose argument is the next word. */
#define SSH_OPTIONS "-B -b -c -D -E -e -F -I -i -J -L -l -m -O -o -P -p -Q -R -S -W -w"
#define PARALLEL_OPTIONS                                                                                                             \
    "-a -C -d -E -I -J -j -L -n -N -P -S -s --arg-file --colsep --delay --delimiter --env --halt --jobs --joblog --load --max-args " \
    "--max-procs --memfree --results --retries --sshlogin --tagstring --timeout --tmpdir --wd --workdir"

/* -F${x}, -vx=${x}, -i${x}: options of awk and sed whose text, in the same word, is no program. */
static bool in_option(const struct tg_word *now)
{
    return is_literal(now) && now->length > 1 && now->text[0] == '-' && strchr("Fvi", now->text[1]);
}

static void judge_by_role(const struct tg_shellwords *w, struct tg_quote_place *p)
{
    const char *text = w->role->text;
    switch (w->role->kind) {
    case MATCHES:
        if (is_one_of(&w->last, "-G")) break; /* falls through */
    case NUMBERS:
    case DECLARE:
    case FUNCTION: p->number = text; break;
    case OPTIONS:
        if (w->counts || could_be_option(w)) p->number = text;
        break;
    case PRINTF:
        if (w->settled ? is_formatted_number(w) : could_be_option(w) || is_one_of(&w->last, "-v")) p->number = text;
        if (w->settled && is_mixed_format(w)) p->alone = "among the words of 'printf' that takes numbers and texts";
        break;
    case TEST: p->alone = "in a test"; /* falls through */
    case CONDITION:
        if (is_one_of(&w->last, NUMERIC " " TAKES_NAME)) p->number = text;
        break;
    case FOR:
        if (w->count == 0) p->number = text;
        p->assigned = true;
        break;
    case PARALLEL:
        if (w->now.first != '-' && !is_one_of(&w->last, PARALLEL_OPTIONS)) p->code = text; /* falls through */
    case REMOTE:
        if (!w->settled) break; /* falls through */
    case CODE: p->code = text; break;
    case PROGRAM:
        if (!w->settled && !is_one_of(&w->last, "-v -F -f") && !in_option(&w->now)) p->code = text;
        break;
    case PLAIN:
    case LEADS:
    case WRAPS:
    case RUNS:
    case CASE: break;
    }
    if (takes_code(w)) p->code = "the shell or interpreter";
}

static void judge_assignment(const struct tg_shellwords *w, struct tg_quote_place *p)
{
    p->alone = "in an assignment";
    p->assigned = true;
    if (w->now.special) p->number = w->now.special;
    if (kind_of(w) == DECLARE && w->counts) p->number = "in a variable that is declared as a number";
}

static void judge_target(const struct tg_shellwords *w, struct tg_quote_place *p)
{
    p->alone = "where something is redirected to";
    p->path = tg_shellwords_is_path(w);
    if (w->string) p->code = tg_shellwords_input(w);
}

void tg_shellwords_judge(const struct tg_shellwords *w, struct tg_quote_place *p)
{
    if (w->duplicated) p->refused = "behind '>&' or '<&': write > FILE 2>&1";
    else if (w->lost && !w->redirected) p->refused = "behind '&>' in the same command: write > FILE 2>&1";
    else if (w->redirected) judge_target(w, p);
    else if (w->now.assigns && !w->subscript) judge_assignment(w, p);
    else if (w->array) p->assigned = true;
    else if (w->role) p->argument = w->external, judge_by_role(w, p);
    else p->program = true;
    if (w->subscript) p->number = "in a subscript";
    if (p->path) return; /* what stands around gets the file's content */
    if (w->number) p->number = w->number;
    if (w->code) p->code = w->code;
    p->assigned |= w->assigned;
}

/* ---- one command --------------------------------------------------------------------------------- */

static void only_numbers(struct tg_shellwords *w, const struct tg_word *word)
{
    for (size_t i = word->from; i < word->to; i++)
        if (!w->places[i].number && !w->places[i].path) w->places[i].number = w->role->text;
}

/* What is before an operator that takes numbers; two values side by side, of which one could be an operator. */
static void look_back(struct tg_shellwords *w)
{
    bool values = w->now.to > w->now.from, before = w->last.to > w->last.from;
    if (is_one_of(&w->now, NUMERIC)) only_numbers(w, &w->last);
    if (w->role->kind != TEST || !values || !before) return;
    only_numbers(w, &w->last);
    only_numbers(w, &w->now);
}

static void declare_numbers(struct tg_shellwords *w)
{
    w->counts = true;
    *w->integers = true;
}

static void take_program_name(struct tg_shellwords *w)
{
    const struct tg_word *now = &w->now;
    if (now->assigns) w->prefixed = true;
    w->operand = true;
    if (now->assigns || w->array || !now->solid) return;
    bool literal = is_literal(now);
    const struct tg_role *role = literal ? find_role(word_base(now)) : NULL;
    bool keyword = role && (role->kind == CONDITION || role->kind == FOR || role->kind == FUNCTION || role->kind == CASE);
    if (keyword && (now->quoted || w->prefixed)) w->unclear = true;
    if (role && role->kind == WRAPS) w->prefixed = true;
    if (role && (role->kind == LEADS || role->kind == FUNCTION)) w->operand = false;
    bool leads = (role && (role->kind == LEADS || role->kind == WRAPS)) || (literal && now->first == '-');
    w->role = leads ? NULL : role ? role : &plain_role;
    w->external = !literal || !tg_shell_has_word(now->text, now->length);
    w->count = 0;
    w->numbers = w->conversions = w->arguments = 0;
    w->commanded = w->settled = w->counts = w->percent = w->shifted = false;
    if (w->role && is_one_of(now, "integer float nameref")) declare_numbers(w);
}

static void read_program_word(struct tg_shellwords *w)
{
    if (is_one_of(&w->last, "-f -e")) w->settled = true;
    else if (w->now.first != '-' && !is_one_of(&w->last, "-v -F")) w->settled = true;
}

/* The host of ssh, or the first word of parallel's command, is where options end. */
static void read_option(struct tg_shellwords *w, const char *with_argument)
{
    if (w->settled) w->commanded = true;
    else w->settled = w->now.solid && w->now.first != '-' && !is_one_of(&w->last, with_argument);
}

/* A word that names a program which reads code makes that one the command. */
static void find_inner_program(struct tg_shellwords *w)
{
    const struct tg_role *inner = is_literal(&w->now) ? find_role(word_base(&w->now)) : NULL;
    if (!inner || (inner->kind != PROGRAM && inner->kind != REMOTE && inner->kind != PARALLEL)) return;
    w->role = inner;
    w->count = 0;
}

static void take_word(struct tg_shellwords *w)
{
    if (!w->role) {
        take_program_name(w);
        return;
    }
    const struct tg_word *now = &w->now;
    w->count++;
    if (w->role->kind == PLAIN && !now->quoted && is_one_of(now, "{")) { /* coproc NAME { */
        w->role = NULL;
        w->operand = false;
        return;
    }
    switch (w->role->kind) {
    case DECLARE:
        if ((now->first == '-' || now->first == '+') && (!is_literal(now) || strpbrk(now->text, "inEFX"))) declare_numbers(w);
        break;
    case OPTIONS:
        if (!could_be_option(w) || is_one_of(now, "--")) w->settled = true;
        else if (strpbrk(now->text, w->role->name[0] == 's' ? "A" : "fvCxXuP")) w->counts = true;
        break;
    case PRINTF:
        if (w->settled) w->arguments++;
        else if (!is_one_of(now, "-v --") && !is_one_of(&w->last, "-v")) w->settled = true;
        w->shifted |= now->several;
        break;
    case TEST: look_back(w); break;
    case CONDITION:
        look_back(w);
        if (is_one_of(now, "]]")) w->role = NULL;
        break;
    case FUNCTION: w->role = NULL; break;
    case PROGRAM: read_program_word(w); break;
    case REMOTE: read_option(w, SSH_OPTIONS); break;
    case PARALLEL:
        if (is_one_of(now, "::: :::: :::+ ::::+")) w->role = &plain_role;
        else read_option(w, PARALLEL_OPTIONS);
        break;
    case RUNS: find_inner_program(w); break;
    default: break;
    }
}

void tg_shellwords_end(struct tg_shellwords *w)
{
    struct tg_word *now = &w->now;
    if (!now->begun) return;
    now->to = *w->next;
    if (is_literal(now)) now->text[now->length] = 0;
    if (w->redirected) {
        w->redirected = w->duplicated = w->string = false;
        w->prefixed = true;
    } else {
        take_word(w);
        tell_interpreter(w);
        if (now->solid) w->last = *now;
    }
    *now = (struct tg_word){0};
}

void tg_shellwords_next_command(struct tg_shellwords *w)
{
    tg_shellwords_end(w);
    if (w->array) return;
    w->role = NULL;
    w->last = (struct tg_word){0};
    w->count = 0;
    w->prefixed = w->operand = w->lost = w->redirected = w->duplicated = w->settled = w->counts = w->code_next =
        w->reads_input = false;
    w->interpreter = NULL;
    w->subscript = 0;
}

void tg_shellwords_redirect(struct tg_shellwords *w)
{
    struct tg_word *now = &w->now;
    bool number = now->begun && !now->quoted && is_literal(now);
    for (size_t i = 0; i < now->length && number; i++) number = now->text[i] >= '0' && now->text[i] <= '9';
    bool named = is_literal(now) && now->length > 2 && now->first == '{' && now->text[now->length - 1] == '}';
    if ((number || named) && !w->redirected) *now = (struct tg_word){0};
    else tg_shellwords_end(w);
}

bool tg_shellwords_is_path(const struct tg_shellwords *w)
{
    return w->redirected && !w->duplicated && !w->string;
}

bool tg_shellwords_in_condition(const struct tg_shellwords *w)
{
    return kind_of(w) == CONDITION;
}

bool tg_shellwords_may_group(const struct tg_shellwords *w)
{
    return kind_of(w) == CASE || (!w->operand && !w->prefixed && !w->array);
}

bool tg_shellwords_in_for(const struct tg_shellwords *w)
{
    return kind_of(w) == FOR;
}

bool tg_shellwords_in_case(const struct tg_shellwords *w)
{
    return kind_of(w) == CASE;
}
