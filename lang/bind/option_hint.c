/* SPDX-License-Identifier: MIT
 * Task options that are wrong in ways that are likely: named as in other tools, or a text where something else is wanted. */
#include "lang/bind/option_hint.h"

#include <string.h>

#include "engine/base/ascii.h"
#include "engine/base/near.h"
#include "engine/value/list.h"
#include "engine/value/str.h"
#include "lang/bind/options.h"

#define NAME_MOST 32

/* ---- names --------------------------------------------------------------------------------------- */

/* What other tools call them: make, Snakemake, Nextflow, Dask, Airflow, Slurm, and services that build and test. */
static const struct foreign_option {
    const char *names; /* between blanks, in small letters and without underscores */
    const char *hint;
} foreign_options[] = {
    {" retry attempts tries maxretries maxattempts maxtries retrycount restarts restarttimes maxrestarts numretries ",
     "write retries = 3: three further attempts after the first."},
    {" errorstrategy onerror onfailure ",
     "write retries = 3 to try again, allow_failure = true to go on without what has failed."},
    {" retryif retryonexitcodes retryexitcodes retryableerrors ", "write retry_on = [\"timeout\", \"signal\", 75]."},
    {" delay retrydelay retrywait retryinterval retryexponentialbackoff ",
     "write backoff = 10s: the delay before the second attempt, each later one is twice as long."},
    {" maxretrydelay maxdelay ", "write max_backoff = 10m."},
    {" cpus cpu threads ncpus numcpus cpuspertask processors nproc ntasks jobs ", "write cores = 4."},
    {" mem ram memmb memgb memorymb maxmemory memorylimit mempercpu ", "write memory = 4GiB."},
    {" gpu gpus numgpus gres accelerator licence licences license licenses disk diskmb tokens ",
     "what a run has of it is named: resources = {gpu: 1}, and '--resources=gpu=2' says how much there is."},
    {" maxforks maxparallel maxconcurrency concurrency parallelism pool semaphore ",
     "to limit how many run at once, give them resources = {slot: 1}, and the run '--resources=slot=N'."},
    {" timelimit maxtime walltime runtime maxruntime deadline time limit executiontimeout timeoutseconds timeoutminutes "
     "timeoutmin ",
     "write timeout = 10m."},
    {" cwd workdir workingdir directory chdir folder ", "write dir = \"PATH\"."},
    {" image docker podman singularity apptainer ", "write container = \"IMAGE\"."},
    {" conda ", "write wrap = [\"conda\", \"run\", \"-n\", \"NAME\"]."},
    {" nice niceness ", "write wrap = [\"nice\", \"-n\", \"10\"]."},
    {" optional mayfail ignoreerror ignoreerrors ignorefailure continueonerror errorok ", "write allow_failure = true."},
    {" always alwaysrun nocache uncached phony rerun stale ", "write volatile = true: it runs every time."},
    {" cached memoize memoise memo record recorded store ", "write cache = true."},
    {" temporary intermediate tmp transient ", "write temp = true: its files go when all have used them."},
    {" readonly protect precious ", "write protected = true."},
    {" input sources reads source ", "write inputs = [\"PATH\"]: what it reads beside its arguments."},
    {" depsfile dep makefile mmd ", "write depfile = \"${out}.d\": what it has read, as compilers write it."},
    {" environment environ variables vars ", "write env = {NAME: \"text\"}."},
    {" depends dependson needs requires waitfor ", "write after = [x, y]."},
    {" name title tag displayname key ", "write label = \"text\"."},
};

static const char *foreign_hint_of(const char *name, size_t length)
{
    char wanted[NAME_MOST];
    size_t n = 1;
    if (length + 3 > sizeof wanted) return NULL;
    wanted[0] = ' ';
    for (size_t i = 0; i < length; i++)
        if (name[i] != '_') wanted[n++] = tg_ascii_is_letter(name[i]) ? (char)(name[i] | 0x20) : name[i];
    wanted[n] = ' ';
    wanted[n + 1] = 0;
    for (size_t i = 0; i < TG_COUNT(foreign_options); i++)
        if (strstr(foreign_options[i].names, wanted)) return foreign_options[i].hint;
    return NULL;
}

static void hint_all_options(struct tg_diags *d, struct tg_diag *diag)
{
    struct tg_buf names = {0};
    const char *name;
    for (size_t i = 0; (name = tg_options_name(i)); i++) tg_buf_format(&names, "%s%s", i ? ", " : "", name);
    tg_diag_hint(d, diag, "options are %s.", tg_buf_str(&names));
    tg_buf_done(&names);
}

void tg_option_hint_name(struct tg_diags *d, struct tg_diag *diag, const char *name, size_t length)
{
    const char *hint = foreign_hint_of(name, length), *option;
    struct tg_near near = tg_near_begin(name, length);
    for (size_t i = 0; (option = tg_options_name(i)); i++) tg_near_offer(&near, option, strlen(option));
    if (hint) tg_diag_hint(d, diag, "%s", hint);
    else if (near.best) tg_diag_hint(d, diag, "did you mean '%s'?", near.best);
    else hint_all_options(d, diag);
}

/* ---- values that are texts ----------------------------------------------------------------------- */

/* "90", "1.5h": what is written without quotes. */
static bool is_measure(const char *text, const char *units)
{
    size_t number = strspn(text, "0123456789."), unit = strlen(text) - number;
    if (!tg_ascii_is_digit(text[0]) || unit > 3) return false;
    char wanted[8] = " ";
    memcpy(wanted + 1, text + number, unit);
    memcpy(wanted + 1 + unit, " ", 2);
    return unit == 0 || strstr(units, wanted);
}

static void hint_measure(const char *option, const char *text, struct tg_buf *hint)
{
    bool size = strcmp(option, "memory") == 0;
    if (is_measure(text, size ? " B KB MB GB TB KiB MiB GiB TiB " : " ns us ms s m h d "))
        tg_buf_format(hint, "write %s = %s, without quotes.", option, text);
    else if (size) tg_buf_format(hint, "a size is a number with a unit, without quotes: %s = 4GiB, 500MB.", option);
    else tg_buf_format(hint, "a duration is a number with a unit, without quotes: %s = 90s, 10m, 1.5h.", option);
}

/* The words of a text as a list of texts. */
static void hint_words(const char *option, const char *text, struct tg_buf *hint)
{
    bool shell = strcmp(option, "shell") == 0;
    tg_buf_format(hint, "write %s = [\"", option);
    for (; *text; text++) {
        if (*text == ' ') tg_buf_text(hint, "\", \"");
        else tg_buf_char(hint, *text);
        shell = shell && *text != ' ';
    }
    tg_buf_text(hint, shell ? "\", \"-c\"]." : "\"].");
}

/* Whole number or bool, in quotes. */
static void hint_plain(const char *option, tg_kinds kinds, const char *text, struct tg_buf *hint)
{
    bool truth = kinds & TG_KIND_BIT(TG_BOOL), yes = strcmp(text, "yes") == 0 || strcmp(text, "on") == 0,
         no = strcmp(text, "no") == 0 || strcmp(text, "off") == 0;
    if (truth && (yes || no)) tg_buf_format(hint, "write %s = %s.", option, yes ? "true" : "false");
    else if (is_measure(text, "") || strcmp(text, "true") == 0 || strcmp(text, "false") == 0)
        tg_buf_format(hint, "write %s = %s, without quotes.", option, text);
    else if (strcmp(option, "priority") == 0) tg_buf_text(hint, "a higher number starts first: priority = 10.");
}

/* ---- values that should be records --------------------------------------------------------------- */

/* Adds `A: "1"` of "A=1", `gpu: 2` of "gpu=2", "gpu:2" and, as 1, of "gpu". */
static bool add_meant_field(struct tg_buf *fields, const char *text, bool units)
{
    size_t name = 0;
    while (tg_ascii_is_name_byte(text[name])) name++;
    const char *value = text + name;
    bool given = *value == '=' || (units && *value == ':');
    if (!name || tg_ascii_is_digit(text[0]) || (*value && !given) || (!given && !units)) return false;
    value += given;
    if (units && strspn(value, "0123456789") != strlen(value)) return false;
    tg_buf_format(fields, "%s%.*s: ", fields->length ? ", " : "", (int)name, text);
    tg_buf_format(fields, units ? "%s" : "\"%s\"", units && !*value ? "1" : value);
    return true;
}

/* Of one text, or of each of a list. */
static void hint_record(const char *option, tg_value v, struct tg_buf *hint)
{
    struct tg_buf fields = {0};
    const struct tg_list *list = tg_kind(v) == TG_LIST ? tg_list_of(v) : NULL;
    const tg_value *items = list ? list->items : &v;
    size_t count = list ? list->count : 1;
    bool good = count != 0;
    for (size_t i = 0; i < count && good; i++)
        good = tg_kind(items[i]) == TG_STR && !strchr(tg_str_of(items[i])->data, '"') &&
               add_meant_field(&fields, tg_str_of(items[i])->data, strcmp(option, "resources") == 0);
    if (good) tg_buf_format(hint, "write %s = {%s}.", option, tg_buf_str(&fields));
    tg_buf_done(&fields);
}

/* ---- others -------------------------------------------------------------------------------------- */

static const struct value_slip {
    const char *option;
    tg_kinds kinds;
    const char *hint;
} slips[] = {
    {"retries", TG_KIND_BIT(TG_BOOL), "say how often: retries = 3."},
    {"retries", TG_KIND_BIT(TG_INT), "retries = 0 is none, retries = 3 three further attempts."},
    {"cores", TG_KIND_BIT(TG_INT), "a task has one core without this option."},
    {"cores", TG_KIND_BIT(TG_FLOAT), "cores are whole; '-j' says how many a run has, whatever the machine has."},
};

static void hint_other(const char *option, tg_kinds kinds, tg_value v, struct tg_buf *hint)
{
    bool much = tg_kind(v) == TG_INT && v.i > 0; /* of that the message has the limit */
    for (size_t i = 0; i < TG_COUNT(slips) && !much; i++)
        if (slips[i].kinds & TG_KIND_BIT(tg_kind(v)) && strcmp(slips[i].option, option) == 0) tg_buf_text(hint, slips[i].hint);
    if (hint->length || tg_kind(v) != TG_INT) return;
    if (kinds & TG_KIND_BIT(TG_BOOL) && (v.i == 0 || v.i == 1))
        tg_buf_format(hint, "write %s = %s.", option, v.i ? "true" : "false");
    else if (strcmp(option, "retry_on") == 0) tg_buf_format(hint, "write retry_on = [%lld].", (long long)v.i);
}

void tg_option_hint_value(const char *option, tg_kinds kinds, tg_value v, struct tg_buf *hint)
{
    const struct tg_str *text = tg_kind(v) == TG_STR ? tg_str_of(v) : NULL;
    bool plain = text && text->length && !strpbrk(text->data, "\"\n") && strlen(text->data) == text->length;
    if (kinds == TG_KIND_BIT(TG_RECORD)) hint_record(option, v, hint);
    else if (!text) hint_other(option, kinds, v, hint);
    else if (plain && kinds & TG_KIND_BIT(TG_LIST)) hint_words(option, text->data, hint);
    else if (plain && kinds == TG_KINDS_NUM && strcmp(option, "memory_factor") != 0) hint_measure(option, text->data, hint);
    else if (plain && kinds & (TG_KINDS_NUM | TG_KIND_BIT(TG_BOOL))) hint_plain(option, kinds, text->data, hint);
}
