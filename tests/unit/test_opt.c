/* SPDX-License-Identifier: MIT
 * Options: parsing, the environment, messages, help; and what all verbs' tables must agree on. */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "tests/unit/check.h"

struct values {
    bool keep, quick;
    const char *file;
    uint64_t jobs;
    double load;
    int color;
    struct tg_words defines, anew;
};

static const char *const colors[] = {"auto", "always", "never", NULL};
static const struct tg_opt table[] = {
    {.group = "First",
     .letter = 'k',
     .name = "keep-going",
     .kind = TG_OPT_FLAG,
     .help = "go on",
     .offset = offsetof(struct values, keep),
     .env = true},
    {.letter = 'q', .name = "quick", .kind = TG_OPT_FLAG, .help = "fast", .offset = offsetof(struct values, quick)},
    {.letter = 'f',
     .name = "file",
     .kind = TG_OPT_TEXT,
     .value = "FILE",
     .help = "a file",
     .offset = offsetof(struct values, file),
     .env = true},
    {.group = "Second",
     .letter = 'j',
     .name = "jobs",
     .kind = TG_OPT_NUMBER,
     .value = "N",
     .min = 1,
     .max = 64,
     .help = "workers, with a help text that is much too long to stand on one line of eighty columns",
     .offset = offsetof(struct values, jobs),
     .env = true},
    {.name = "color",
     .kind = TG_OPT_CHOICE,
     .value = "WHEN",
     .choices = colors,
     .help = "colours",
     .offset = offsetof(struct values, color)},
    {.name = "load", .kind = TG_OPT_REAL, .value = "N", .help = "a share", .offset = offsetof(struct values, load)},
    {.letter = 'D', .kind = TG_OPT_WORDS, .value = "NAME=VALUE", .help = "define", .offset = offsetof(struct values, defines)},
    {.letter = 'a',
     .name = "anew",
     .kind = TG_OPT_WORDS,
     .value = "TASK",
     .alone = "*",
     .help = "run it anew",
     .offset = offsetof(struct values, anew)},
    {0},
};

/* One parsed command line. */
struct parsed {
    struct values v;
    struct tg_words words;
    struct tg_opt_layers layers;
    struct tg_err err;
    bool good;
};

static struct parsed parse(int argc, char *const *argv)
{
    struct parsed p = {0};
    p.good = tg_opt_parse(table, NULL, argc, argv, &p.v, &p.words, &p.layers, &p.err);
    return p;
}
#define PARSE(...) parse((int)(sizeof((char *[]){__VA_ARGS__}) / sizeof(char *)), (char *[]){__VA_ARGS__})

static void done(struct parsed *p)
{
    tg_vec_done(&p->words);
    tg_vec_done(&p->v.defines);
    tg_vec_done(&p->v.anew);
    tg_err_done(&p->err);
}

TEST(words_and_options_mix)
{
    struct parsed p = PARSE("a", "-k", "b", "--jobs=4", "--file", "x", "-");
    CHECK(p.good);
    CHECK_INT(p.words.count, 3);
    CHECK_STR(p.words.items[1], "b");
    CHECK_STR(p.words.items[2], "-");
    CHECK(p.v.keep && !p.v.quick);
    CHECK_INT(p.v.jobs, 4);
    CHECK_STR(p.v.file, "x");
    done(&p);
}

/* Written as words and read again, it is the same. */
TEST(options_are_written)
{
    struct parsed p = PARSE("-k", "--jobs=4", "--load=1.5", "--file", "a b=c", "--color=always", "-Da=1", "-Db=", "-q"),
                  again = {0};
    struct tg_words words = {0};
    for (const struct tg_opt *o = table; !tg_opt_end(o); o++)
        if (p.layers.of[o - table]) tg_opt_write(o, &p.v, &words);
    again.good = tg_opt_parse(table, NULL, (int)words.count, (char *const *)words.items, &again.v, &again.words, &again.layers,
                              &again.err);
    CHECK(again.good && again.v.keep && again.v.quick && again.v.load == 1.5);
    CHECK_INT(again.v.jobs, 4);
    CHECK_INT(again.v.color, p.v.color);
    CHECK_STR(again.v.file, "a b=c");
    CHECK_INT(again.v.defines.count, 2);
    CHECK_STR(again.v.defines.items[1], "b=");
    done(&p);
    done(&again);
    for (size_t i = 0; i < words.count; i++) free((char *)words.items[i]);
    tg_vec_done(&words);
}

TEST(short_options_bundle)
{
    struct parsed p = PARSE("-kqj8", "-kf", "name", "-Da=1", "-D", "b=2");
    CHECK(p.good && p.v.keep && p.v.quick);
    CHECK_INT(p.v.jobs, 8);
    CHECK_STR(p.v.file, "name");
    CHECK_INT(p.v.defines.count, 2);
    CHECK_STR(p.v.defines.items[0], "a=1");
    CHECK_STR(p.v.defines.items[1], "b=2");
    done(&p);
}

TEST(two_dashes_end_options)
{
    struct parsed p = PARSE("--", "-k", "--jobs");
    CHECK(p.good && !p.v.keep);
    CHECK_INT(p.words.count, 2);
    CHECK_STR(p.words.items[0], "-k");
    done(&p);
}

TEST(the_last_one_wins)
{
    struct parsed p = PARSE("-j2", "--jobs=3", "--color=never", "--color", "always");
    CHECK(p.good);
    CHECK_INT(p.v.jobs, 3);
    CHECK_INT(p.v.color, 1);
    done(&p);
}

static void check_refused(struct parsed p, const char *message, const char *hint)
{
    CHECK(!p.good);
    CHECK_INT(p.err.code, TG_EXIT_USAGE);
    CHECK_STR(p.err.message, message);
    if (hint) CHECK_STR(p.err.hint, hint);
    else CHECK(p.err.hint == NULL);
    done(&p);
}

TEST(a_value_that_may_be_left_out_is_never_the_next_word)
{
    struct parsed p = PARSE("--anew", "x", "-a", "--anew=b*", "-ka", "y");
    CHECK(p.good && p.v.keep && p.v.anew.count == 4 && p.words.count == 2);
    for (size_t i = 0; i < p.v.anew.count; i++) CHECK_STR(p.v.anew.items[i], i == 2 ? "b*" : "*");
    done(&p);
    check_refused(PARSE("-ab"), "unknown option '-b'", NULL);
    check_refused(PARSE("--anew="), "option '--anew' has an empty value", NULL);
    struct tg_buf b = {0};
    tg_opt_help(&b, table);
    CHECK(strstr(b.data, "\n  -a, --anew[=TASK]        run it anew\n"));
    tg_buf_done(&b);
}

TEST(unknown_options_name_the_nearest)
{
    check_refused(PARSE("--josb=3"), "unknown option '--josb'", "did you mean '--jobs'?");
    check_refused(PARSE("--keep"), "unknown option '--keep'", "did you mean '--keep-going'?");
    check_refused(PARSE("--zzzzzz"), "unknown option '--zzzzzz'", "a parameter of the workflow is set with -D zzzzzz=VALUE");
    check_refused(PARSE("--zz-zzzz"), "unknown option '--zz-zzzz'", NULL);
    check_refused(PARSE("-x"), "unknown option '-x'", NULL);
    check_refused(PARSE("-kx"), "unknown option '-x'", NULL);
}

TEST(one_dash_before_a_long_name)
{
    check_refused(PARSE("-color=never"), "unknown option '-c'", "did you mean '--color=never'?");
}

TEST(values_missing_or_too_many)
{
    check_refused(PARSE("--jobs"), "option '--jobs' needs a value", NULL);
    check_refused(PARSE("-j"), "option '-j' needs a value", NULL);
    check_refused(PARSE("-qD"), "option '-D' needs a value", NULL);
    check_refused(PARSE("--quick=1"), "option '--quick' takes no value", NULL);
    check_refused(PARSE("--file="), "option '--file' has an empty value", NULL);
}

TEST(numbers_are_checked)
{
    static char *const bad[] = {"0", "65", "-1", "+1", "1x", "", " 1", "1.5", "18446744073709551617", "0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct parsed p = PARSE("-j", bad[i]);
        CHECK(!p.good && strstr(p.err.message, "must be a whole number from 1 to 64"));
        done(&p);
    }
    struct parsed p = PARSE("-j64");
    CHECK(p.good);
    done(&p);
}

TEST(reals_are_checked)
{
    static char *const bad[] = {"0", "-1", "+1", "1x", "", " 1", "0x1", "1e3", "inf", "nan", ".", "1.2.3", "0.0"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct parsed p = PARSE("--load", bad[i]);
        CHECK(!p.good && strstr(p.err.message, "must be a number above 0"));
        done(&p);
    }
    struct parsed p = PARSE("--load=2.5");
    CHECK(p.good && p.v.load == 2.5);
    done(&p);
    p = PARSE("--load=12");
    CHECK(p.good && p.v.load == 12);
    done(&p);
}

TEST(choices_are_checked)
{
    check_refused(PARSE("--color=alwys"), "bad value 'alwys' of option '--color': must be auto, always or never",
                  "did you mean 'always'?");
    check_refused(PARSE("--color="), "bad value '' of option '--color': must be auto, always or never", NULL);
}

/* Reads the environment where no layer above has set anything. */
static bool read_environment(struct values *v, struct tg_err *err)
{
    struct tg_opt_layers layers = {0};
    return tg_opt_environment(table, v, &layers, err);
}

static void forget_environment(void)
{
    unsetenv("TGRUN_JOBS");
    unsetenv("TGRUN_KEEP_GOING");
    unsetenv("TGRUN_FILE");
}

TEST(environment)
{
    struct values v = {0};
    struct tg_err err = {0};
    setenv("TGRUN_JOBS", "7", 1);
    setenv("TGRUN_KEEP_GOING", "yes", 1);
    setenv("TGRUN_FILE", "", 1);
    CHECK(read_environment(&v, &err));
    CHECK_INT(v.jobs, 7);
    CHECK(v.keep && !v.file);
    setenv("TGRUN_KEEP_GOING", "off", 1);
    CHECK(read_environment(&v, &err));
    CHECK(!v.keep);
    setenv("TGRUN_JOBS", "many", 1);
    CHECK(!read_environment(&v, &err));
    CHECK_STR(err.message, "bad value 'many' of environment variable 'TGRUN_JOBS': must be a whole number from 1 to 64");
    tg_err_done(&err);
    forget_environment();
}

TEST(variables_that_set_options)
{
    CHECK(tg_opt_sets(table, "TGRUN_JOBS=4") && tg_opt_sets(table, "TGRUN_KEEP_GOING="));
    static const char *const others[] = {"TGRUN_JOBS",    "TGRUN_JOBSX=1", "TGRUN_JOB=1", "TGRUN_=1",
                                         "TGRUN_QUICK=1", "JOBS=1",        "=",           ""};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) CHECK(!tg_opt_sets(table, others[i]));
}

/* In whatever order they are read. */
TEST(the_layer_above_wins)
{
    struct parsed p = PARSE("--no-keep-going", "--jobs=3");
    const struct tg_opt *keep = &table[0], *jobs = &table[3];
    setenv("TGRUN_KEEP_GOING", "1", 1);
    setenv("TGRUN_FILE", "e", 1);
    CHECK(p.good && tg_opt_environment(table, &p.v, &p.layers, &p.err));
    CHECK(!p.v.keep);
    CHECK_INT(p.layers.of[0], TG_OPT_COMMAND);
    CHECK_INT(p.layers.of[2], TG_OPT_ENVIRONMENT);
    CHECK(tg_opt_set(table, keep, "yes", TG_OPT_FOLDER, "keep-going", &p.v, &p.layers, &p.err));
    CHECK(tg_opt_set(table, jobs, "9", TG_OPT_USER, "jobs", &p.v, &p.layers, &p.err));
    CHECK(!p.v.keep && p.v.jobs == 3);
    CHECK_STR(p.v.file, "e");
    struct values v = {0};
    struct tg_opt_layers layers = {0};
    CHECK(tg_opt_set(table, jobs, "9", TG_OPT_FOLDER, "jobs", &v, &layers, NULL) && v.jobs == 9);
    CHECK(tg_opt_set(table, jobs, "8", TG_OPT_USER, "jobs", &v, &layers, NULL) && v.jobs == 9);
    CHECK(!tg_opt_set(table, jobs, "many", TG_OPT_FOLDER, "jobs", &v, &layers, &p.err));
    CHECK_STR(p.err.message, "bad value 'many' of option 'jobs': must be a whole number from 1 to 64");
    forget_environment();
    done(&p);
}

TEST(only_flags_that_are_set_elsewhere_are_taken_back)
{
    check_refused(PARSE("--no-quick"), "unknown option '--no-quick'", "did you mean '--quick'?");
    check_refused(PARSE("--no-jobs"), "unknown option '--no-jobs'", NULL);
    check_refused(PARSE("--no-keep-going=1"), "unknown option '--no-keep-going'", "did you mean '--keep-going'?");
    check_refused(PARSE("--n=3"), "unknown option '--n'", "a parameter of the workflow is set with -D n=VALUE");
}

TEST(help_is_aligned_and_narrow)
{
    struct tg_buf b = {0};
    tg_opt_help(&b, table);
    CHECK(strstr(b.data, "\nFirst:\n  -k, --keep-going         go on\n"));
    CHECK(strstr(b.data, "      --color=WHEN         colours (auto, always or never)\n"));
    CHECK(strstr(b.data, "  -D NAME=VALUE            define\n"));
    for (const char *line = b.data; *line; line += strcspn(line, "\n") + 1) CHECK(strcspn(line, "\n") < 80);
    tg_buf_done(&b);
}

/* ---- the verbs ----------------------------------------------------------------------------------- */

TEST(all_help_is_narrow)
{
    struct tg_buf b = {0};
    tg_verb_help_overview(&b);
    for (size_t i = 0; tg_verbs[i]; i++) tg_verb_help_verb(&b, tg_verbs[i]);
    for (const char *line = b.data; *line; line += strcspn(line, "\n") + 1) {
        if (strcspn(line, "\n") >= 80) printf("# %.*s\n", (int)strcspn(line, "\n"), line);
        CHECK(strcspn(line, "\n") < 80);
    }
    tg_buf_done(&b);
}

/* A file with defaults is checked as options of a run, and sets those of all verbs. */
TEST(verbs_agree_on_defaults)
{
    for (size_t i = 0; tg_verbs[i]; i++)
        for (const struct tg_opt *o = tg_verbs[i]->options; !tg_opt_end(o); o++) {
            const struct tg_opt *of_run = o->env ? tg_opt_find(tg_verb_run.options, 0, o->name, strlen(o->name)) : NULL;
            CHECK(!o->env || of_run);
            if (of_run) CHECK(o->kind == of_run->kind && o->choices == of_run->choices && o->offset == of_run->offset);
        }
}

/* main finds the verb before it knows the table: an option must take a value in all verbs or in none. */
TEST(verbs_agree_on_options)
{
    for (size_t i = 0; tg_verbs[i]; i++)
        for (const struct tg_opt *o = tg_verbs[i]->options; !tg_opt_end(o); o++)
            for (size_t k = 0; tg_verbs[k]; k++) {
                const struct tg_opt *by_letter = o->letter ? tg_opt_find(tg_verbs[k]->options, o->letter, NULL, 0) : NULL;
                const struct tg_opt *by_name = o->name ? tg_opt_find(tg_verbs[k]->options, 0, o->name, strlen(o->name)) : NULL;
                if (by_letter) CHECK(tg_opt_needs_value(by_letter) == tg_opt_needs_value(o));
                if (by_name) CHECK(tg_opt_needs_value(by_name) == tg_opt_needs_value(o));
                if (by_name) CHECK(tg_opt_takes_value(by_name) == tg_opt_takes_value(o));
            }
}

TEST(tables_are_sound)
{
    for (size_t i = 0; tg_verbs[i]; i++) {
        CHECK(tg_verbs[i]->options[0].group != NULL);
        for (const struct tg_opt *o = tg_verbs[i]->options; !tg_opt_end(o); o++) {
            CHECK(o->help && o->help[strlen(o->help) - 1] != '.');
            CHECK((o->value != NULL) == tg_opt_takes_value(o));
            CHECK(o->kind != TG_OPT_CHOICE || tg_opt_choice(o, 0));
            CHECK(o->kind != TG_OPT_NUMBER || o->max > o->min);
            CHECK(!o->env || o->name);
            CHECK(o->env || !o->harmless);
            CHECK(!o->alone || ((o->kind == TG_OPT_WORDS || o->kind == TG_OPT_TEXT) && o->name));
            CHECK(o - tg_verbs[i]->options < TG_OPT_MOST);
            CHECK(tg_opt_find(tg_verbs[i]->options, o->letter, o->name, o->name ? strlen(o->name) : 0) == o);
        }
    }
}
