/* SPDX-License-Identifier: MIT
 * Random texts for `sh` with values anywhere that would leave a mark if a shell ever ran them: none may. What is accepted is
 * run by each shell that is there, hundreds of texts in one process, each in a subshell. And texts that print their values,
 * in every kind of quotes: they must print what the values are.
 *
 *     stress_shell [ROUNDS [SEED]] */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/command/script.h"

#define TEXTS 250 /* in one process of a shell */
#define MAX_VALUES 64

/* The first two run everything, the others every tenth round. */
static const char *const shells[] = {"dash", "bash", "ksh", "zsh", "mksh"};
#define SHELLS(round) ((round) % 10 == 0 ? TG_COUNT(shells) : 2)
static char folder[] = "/tmp/stress_shell.XXXXXX";
static unsigned long accepted, refused, failures;

/* ---- chance -------------------------------------------------------------------------------------- */

static uint64_t seed;

static uint32_t chance(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return (uint32_t)((seed >> 33) % below);
}

#define PICK(array) (array)[chance((uint32_t)TG_COUNT(array))]

/* ---- values -------------------------------------------------------------------------------------- */

/* %u: the number of the text; the file of that name is the mark. */
static const char *const hostile[] = {
    "$(:>m%u)",
    "`:>m%u`",
    ";:>m%u;",
    "\n:>m%u\n",
    "&:>m%u&",
    "|:>m%u",
    "'$(:>m%u)'",
    "\"$(:>m%u)\"",
    "';:>m%u;'",
    "\";:>m%u;\"",
    "a[$(:>m%u)]",
    "a[$(:>m%u)]=1",
    "-va[$(:>m%u)]",
    "x[`:>m%u`]",
    "m%u;:>m%u",
    "}\n:>m%u",
    ")\n:>m%u\n",
    ");:>m%u;(",
    "E\n:>m%u\nE",
    "EOF\n:>m%u\n",
    "\\",
    "'",
    "\"",
    "$",
    "${x:-$(:>m%u)}",
    "${x[$(:>m%u)]}",
    "*",
    "",
    "-n",
    "--",
    "=(:>m%u)",
    "<(:>m%u)",
    ">(:>m%u)",
    "(e:':>m%u':)",
    "*(e:':>m%u':)",
    "#",
    "x$(:>m%u)y",
    "0+a[$(:>m%u)]",
    "$((a[$(:>m%u)]))",
    "-v",
    "-eq",
    "-R",
    "(",
    ")",
    "!",
    "[",
    "]",
    "]]",
    "((a[$(:>m%u)]))",
    "$[a[$(:>m%u)]]",
    "a[$(:>m%u)]=x y",
    "%%d",
    "@(:>m%u)",
    "\\$(:>m%u)",
    "\\`:>m%u\\`",
    "\\\n:>m%u",
    "&>m%u",
    ">m%u",
    ">&m%u",
    "1>m%u",
    "x\n>m%u",
    "'\n:>m%u\n'",
    "\"\n:>m%u\n\"",
    "-c",
    ":>m%u",
    "~",
    "1",
    "-3",
    "eval",
    "let",
    "unset",
    "test",
    "command",
    "exec",
    "a b  c",
    "\xff\x01\x7f$(:>m%u)",
    "\xc3'$(:>m%u)",
    "\xe0\xa0\";:>m%u;",
    "f() { :>m%u; }",
    "() { :; }; :>m%u",
    "${(e)x}$(:>m%u)",
    "\r:>m%u\r",
};

static const char *hostile_word(struct tg_arena *arena, unsigned number)
{
    const char *format = PICK(hostile);
    struct tg_buf b = {0};
    for (; *format; format++) {
        if (format[0] == '%' && format[1] == 'u') tg_buf_format(&b, "%u", number), format++;
        else if (format[0] != '%' || format[1] != '%') tg_buf_char(&b, *format);
    }
    const char *word = tg_arena_copy(arena, tg_buf_str(&b), b.length);
    tg_buf_done(&b);
    return word;
}

static void make_values(struct tg_script_value *values, size_t count, struct tg_arena *arena, unsigned number)
{
    for (size_t i = 0; i < count; i++) {
        struct tg_script_value *v = &values[i];
        v->list = chance(4) == 0;
        v->count = v->list ? chance(4) : 1;
        v->words = tg_arena_alloc(arena, (v->count + 1) * sizeof *v->words);
        for (size_t k = 0; k < v->count; k++) v->words[k] = hostile_word(arena, number);
    }
}

/* ---- random texts -------------------------------------------------------------------------------- */

static const char *const pieces[] = {
    " ",
    " ",
    " ",
    " ",
    "\n",
    "\n",
    ";",
    "; ",
    "&",
    "|",
    "&&",
    "||",
    "'",
    "'",
    "\"",
    "\"",
    "\"",
    "`",
    "$(",
    "$(",
    ")",
    ")",
    "(",
    "((",
    "))",
    "$((",
    "$[",
    "]",
    "[",
    "[[ ",
    " ]]",
    " [ ",
    "{ ",
    "}",
    "${",
    "${y",
    "${y%",
    "${y:-",
    "${#y}",
    "$y",
    "$",
    "\\",
    "\\\n",
    "\\'",
    "\\\"",
    "$'",
    "$\"",
    "#",
    " # ",
    "<",
    ">",
    ">>",
    "<<E",
    "<<-E",
    "<<'E'",
    "<<\"E\"",
    "<<\\E",
    "\nE\n",
    "\n\tE\n",
    "E",
    "<<<",
    ">&",
    "<&",
    "&>",
    ">|",
    "2>",
    "<(",
    ">(",
    "=(",
    "x=",
    "x+=",
    "x=(",
    "a[",
    "a[1]=",
    "echo ",
    "printf ",
    "printf '%s' ",
    "printf '%d' ",
    "printf -v ",
    ":",
    ": ",
    "test ",
    "-eq ",
    "-v ",
    "-lt 1 ",
    "= ",
    "== ",
    "=~ ",
    "-n ",
    "let ",
    "unset ",
    "read ",
    "read -r ",
    "declare ",
    "declare -i n;",
    "typeset ",
    "local ",
    "export ",
    "export X=",
    "readonly ",
    "-i ",
    "n=",
    "eval_ ",
    "set ",
    "set -- ",
    "trap ",
    "alias ",
    "if ",
    "then ",
    "else ",
    "fi",
    "for ",
    "for x in ",
    "do ",
    "done",
    "while false;do ",
    "case ",
    "case x in ",
    " in ",
    "esac",
    ";;",
    "a) ",
    "*) ",
    "function f ",
    "f() { ",
    "! ",
    "exec ",
    "command ",
    "builtin ",
    "cat ",
    "cat <<E\n",
    "return ",
    "exit ",
    "shift ",
    "PS4=",
    "RANDOM=",
    "SECONDS=",
    "-",
    "--",
    "=",
    "+",
    ",",
    "~",
    "*",
    "?",
    "@(",
    "!(",
    "0",
    "1",
    "{fd}>",
    "2>&1",
    "|&",
    "coproc ",
    "time ",
    "[[ -v ",
    "[[ 1 -eq ",
    "(( ",
    "select ",
    "print ",
    "wait ",
    "true ",
    "mapfile ",
    "getopts ",
    "repeat 1 ",
};
static const char *const values_in[] = {"\1",         "\1",   "\1",   "\"\1\"", "'\1'",  "a\1b",  "\"a \1 b\"",
                                        "$(echo \1)", "\1\1", " \1 ", " \1 ",   "x=\1 ", "\1 \1 "};

static void add_random(struct tg_buf *b)
{
    for (uint32_t i = 2 + chance(14); i > 0; i--) tg_buf_text(b, chance(4) == 0 ? PICK(values_in) : PICK(pieces));
}

static void add_command(struct tg_buf *b, int depth);

static void add_words(struct tg_buf *b, int depth)
{
    for (uint32_t i = 1 + chance(3); i > 0; i--) {
        tg_buf_char(b, ' ');
        switch (chance(depth > 0 ? 12 : 8)) {
        case 0: tg_buf_text(b, "word"); break;
        case 1: tg_buf_text(b, "\"$y\""); break;
        case 2: tg_buf_text(b, PICK(pieces)); break;
        case 8: tg_buf_text(b, "$("), add_command(b, depth - 1), tg_buf_text(b, ")"); break;
        case 9: tg_buf_text(b, "\"$("), add_command(b, depth - 1), tg_buf_text(b, ")\""); break;
        case 10: tg_buf_text(b, "`"), add_command(b, depth - 2), tg_buf_text(b, "`"); break;
        case 11: tg_buf_text(b, "\"${y%'"), tg_buf_text(b, PICK(values_in)), tg_buf_text(b, "'}\""); break;
        default: tg_buf_text(b, PICK(values_in));
        }
    }
}

/* Commands as people write them. */
static void add_command(struct tg_buf *b, int depth)
{
    static const char *const names[] = {"echo",
                                        ":",
                                        "printf '%s'",
                                        "printf",
                                        "test",
                                        "cat",
                                        "export X=",
                                        "x=",
                                        "local",
                                        "read",
                                        "set --",
                                        "[[ x =",
                                        "command echo",
                                        "printf %d",
                                        "exec",
                                        "let",
                                        "unset",
                                        "declare",
                                        "typeset x=",
                                        "x=(",
                                        "if :; then echo",
                                        "case x in x) echo",
                                        "for x in"};
    switch (chance(depth > 0 ? 12 : 4)) {
    case 4: add_command(b, depth - 1), tg_buf_text(b, " | "), add_command(b, depth - 1); break;
    case 5: add_command(b, depth - 1), tg_buf_text(b, chance(2) ? " && " : "\n"), add_command(b, depth - 1); break;
    case 6: tg_buf_text(b, "("), add_command(b, depth - 1), tg_buf_text(b, ")"); break;
    case 7:
        tg_buf_text(b, "cat <<E"), add_words(b, 0), tg_buf_text(b, "\n"), add_words(b, depth - 1), tg_buf_text(b, "\nE\n");
        break;
    case 8: tg_buf_text(b, "{ "), add_command(b, depth - 1), tg_buf_text(b, "; }"); break;
    case 9: tg_buf_text(b, "echo $(("), add_words(b, 0), tg_buf_text(b, "+ 1))"); break;
    case 10: tg_buf_text(b, "# "), add_words(b, 0), tg_buf_text(b, "\n"); break;
    case 11: tg_buf_text(b, "echo \"`"), add_words(b, depth - 1), tg_buf_text(b, "` # '\""), add_words(b, 0); break;
    default: tg_buf_text(b, PICK(names)), add_words(b, depth);
    }
}

/* Takes out or adds something somewhere. */
static void break_text(struct tg_buf *b)
{
    struct tg_buf changed = {0};
    size_t at = b->length ? chance((uint32_t)b->length) : 0;
    tg_buf_add(&changed, b->data, at);
    if (chance(2)) tg_buf_text(&changed, PICK(pieces));
    else at += b->length > at;
    tg_buf_add(&changed, b->data + at, b->length - at);
    tg_buf_done(b);
    *b = changed;
}

static void make_text(struct tg_buf *b)
{
    if (chance(2)) {
        add_random(b);
    } else {
        add_command(b, 3);
        while (chance(2)) tg_buf_text(b, chance(2) ? "; " : "\n"), add_command(b, 2);
        while (chance(3) == 0) break_text(b);
    }
    tg_buf_text(b, "");
    for (size_t i = 0; i < b->length; i++)
        if (b->data[i] == 1) b->data[i] = TG_QUOTE_MARK;
}

/* ---- running ------------------------------------------------------------------------------------- */

static void add_quoted(struct tg_buf *b, const char *text)
{
    tg_buf_char(b, '\'');
    for (; *text; text++) {
        if (*text == '\'') tg_buf_text(b, "'\\''");
        else tg_buf_char(b, *text);
    }
    tg_buf_char(b, '\'');
}

/* The script in a subshell of its own, with its variables as if they came from the environment. What it reads, y, is never what
 * it sets, x: nobody looks at what a script does with variables of its own. */
static void add_subshell(struct tg_buf *b, const struct tg_step *step)
{
    tg_buf_text(b, "(ulimit -t 1; y=3\n");
    for (char **v = step->variables; v && *v; v++) {
        size_t name = (size_t)(strchr(*v, '=') - *v);
        tg_buf_format(b, "%.*s=", (int)name, *v);
        add_quoted(b, *v + name + 1);
        tg_buf_text(b, "\n");
    }
    tg_buf_text(b, "eval ");
    add_quoted(b, step->script);
    tg_buf_text(b, ")\n");
}

/* Runs the file of that name; its standard output goes to `out`. */
static bool run_shell(const char *shell, const char *out)
{
    pid_t pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR), to = out ? open(out, O_WRONLY | O_CREAT | O_TRUNC, 0600) : null;
        dup2(null, 0), dup2(to, 1), dup2(null, 2);
        setpgid(0, 0);
        alarm(60);
        execlp(shell, shell, "../driver", NULL);
        _exit(99);
    }
    int status = 0;
    waitpid(pid, &status, 0);
    kill(-pid, SIGKILL);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 99);
}

static void write_driver(const struct tg_buf *b)
{
    FILE *f = fopen("../driver", "w");
    fputs("PATH=/none\nunset n x a\ncat() { while IFS= read -r l; do :; done; }\n", f);
    fwrite(b->data, 1, b->length, f);
    fclose(f);
}

static void empty_folder(void)
{
    DIR *d = opendir(".");
    for (struct dirent *e; (e = readdir(d));)
        if (e->d_name[0] != '.' || (e->d_name[1] && strcmp(e->d_name, "..") != 0)) unlink(e->d_name);
    closedir(d);
}

/* ---- attack -------------------------------------------------------------------------------------- */

struct kept {
    char *marked, *script;
    size_t length;
};

static size_t count_marks(const struct tg_buf *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->length; i++) count += b->data[i] == TG_QUOTE_MARK;
    return count;
}

/* One text with values; false: it is refused. */
static bool make_attack(unsigned number, struct tg_buf *driver, struct kept *kept)
{
    struct tg_buf text = {0}, problem = {0};
    struct tg_arena arena = {0};
    struct tg_quote_place places[MAX_VALUES];
    struct tg_script_value values[MAX_VALUES];
    struct tg_step step = {0};
    make_text(&text);
    struct tg_script s = {
        .text = text.data, .length = text.length, .places = places, .values = values, .count = count_marks(&text)};
    bool fine = s.count > 0 && s.count <= MAX_VALUES;
    if (fine) {
        make_values(values, s.count, &arena, number);
        tg_quote_read(s.text, s.length, places);
    }
    for (size_t i = 0; fine && i < s.count; i++) fine = !tg_script_problem(&s, i, &problem) && !places[i].code;
    if (fine) {
        tg_script_make(&s, &arena, &step);
        add_subshell(driver, &step);
        *kept = (struct kept){tg_alloc_text(step.shown), tg_alloc_text(step.script), 0};
    }
    tg_buf_done(&text);
    tg_buf_done(&problem);
    tg_arena_done(&arena);
    return fine;
}

static void look_for_marks(const char *shell, const struct kept *kept)
{
    for (unsigned i = 0; i < TEXTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "m%u", i);
        if (access(name, F_OK) != 0) continue;
        failures++;
        if (failures < 20)
            printf("# %s ran a value of this script:\n%s\n# as typed:\n%s\n", shell, kept[i].script, kept[i].marked);
    }
}

static void attack(unsigned long round)
{
    struct kept kept[TEXTS] = {0};
    struct tg_buf driver = {0};
    for (unsigned i = 0; i < TEXTS; i++) {
        for (int tries = 0; tries < 50 && !kept[i].script; tries++)
            if (!make_attack(i, &driver, &kept[i])) refused++;
        accepted += kept[i].script != NULL;
    }
    write_driver(&driver);
    for (size_t k = 0; k < SHELLS(round); k++) {
        empty_folder();
        if (run_shell(shells[k], NULL)) look_for_marks(shells[k], kept);
    }
    for (unsigned i = 0; i < TEXTS; i++) free(kept[i].script), free(kept[i].marked);
    tg_buf_done(&driver);
}

/* ---- truth --------------------------------------------------------------------------------------- */

/* What is written around a value, and what is printed around it. The texts print each word with a NUL behind it. */
static const struct {
    const char *before, *after, *left, *right;
} around[] = {
    {"printf '%s\\0' ", "", "", ""},
    {"printf '%s\\0' a", "b", "a", "b"},
    {"printf '%s\\0' \"<", ">\"", "<", ">"},
    {"printf '%s\\0' '<", ">'", "<", ">"},
    {"x=", "; printf '%s\\0' \"$x\"", "", ""},
    {"x='a'", "\"b\"; printf '%s\\0' \"$x\"", "a", "b"},
    {"printf '%s\\0' \"$(printf '%s' \"<", ">.\")\"", "<", ">."},
    {"printf '%s\\0' \"$(printf %s.x '", "')\"", "", ".x"},
    {"for x in ", "; do printf '%s\\0' \"$x\"; done", "", ""},
    {"case ", " in *) printf '%s\\0' ok;; esac", NULL, "ok"},
    {"if [ ", " = no ]; then :; fi; printf '%s\\0' ok", NULL, "ok"},
    {"f() { printf '%s\\0' \"$1\"; }; f ", "", "", ""},
    {"printf '%s\\0' '\"'", "'\\''`'", "\"", "\\`"},
    {"# don't ", "\nprintf '%s\\0' ok", NULL, "ok"},
    {"[ x = x ] && printf '%s\\0' \"\\\"", "\\$\\`\"", "\"", "$`"},
    {"while IFS= read -r x; do y=$x; done <<E\nl\nE\nprintf '%s\\0' \"${y}\"", "", "l", ""},
};

static void truth(void)
{
    struct tg_buf driver = {0}, wanted = {0};
    struct tg_arena arena = {0};
    for (unsigned i = 0; i < TEXTS; i++) {
        size_t form = chance((uint32_t)TG_COUNT(around));
        struct tg_buf text = {0};
        struct tg_quote_place place;
        struct tg_step step = {0};
        const char *word = hostile_word(&arena, 999);
        struct tg_script_value value = {.words = &word, .count = 1};
        tg_buf_text(&text, around[form].before);
        tg_buf_char(&text, TG_QUOTE_MARK);
        tg_buf_text(&text, around[form].after);
        struct tg_script s = {.text = text.data, .length = text.length, .places = &place, .values = &value, .count = 1};
        tg_quote_read(s.text, s.length, &place);
        struct tg_buf problem = {0};
        if (tg_script_problem(&s, 0, &problem)) failures++, printf("# refused: %s: %s\n", around[form].before, problem.data);
        else {
            tg_script_make(&s, &arena, &step);
            add_subshell(&driver, &step);
            if (around[form].left) tg_buf_format(&wanted, "%s%s", around[form].left, word);
            tg_buf_add(&wanted, around[form].right, strlen(around[form].right) + 1);
        }
        tg_buf_done(&text);
        tg_buf_done(&problem);
    }
    write_driver(&driver);
    for (size_t k = 0; k < TG_COUNT(shells); k++) {
        empty_folder();
        if (strcmp(shells[k], "mksh") == 0 || !run_shell(shells[k], "../out")) continue; /* its printf is no builtin */
        struct tg_buf got = {0};
        FILE *f = fopen("../out", "r");
        got.length = fread(tg_buf_reserve(&got, wanted.length + 1), 1, wanted.length + 1, f);
        fclose(f);
        if (got.length == wanted.length && memcmp(got.data, wanted.data, got.length) == 0) tg_buf_done(&got);
        else {
            size_t at = 0;
            while (at < got.length && at < wanted.length && got.data[at] == wanted.data[at]) at++;
            size_t from = at > 60 ? at - 60 : 0;
            failures++;
            printf("# %s prints otherwise at %zu of %zu (%zu):\n", shells[k], at, wanted.length, got.length);
            for (int w = 0; w < 2; w++) {
                printf("#  %s: ", w ? "wanted" : "got");
                const struct tg_buf *o = w ? &wanted : &got;
                for (size_t i = from; i < o->length && i < from + 120; i++)
                    printf(o->data[i] >= 32 && o->data[i] < 127 ? "%c" : "<%02x>", (unsigned char)o->data[i]);
                printf("\n");
            }
            tg_buf_done(&got);
        }
    }
    tg_buf_done(&driver);
    tg_buf_done(&wanted);
    tg_arena_done(&arena);
}

/* In a folder of its own. */
static bool run_rounds(unsigned long rounds, uint64_t from)
{
    seed = from;
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("work", 0700) != 0 || chdir("work") != 0) return false;
    for (unsigned long i = 0; i < rounds; i++) {
        attack(i);
        if (i % 10 == 0) truth();
    }
    empty_folder();
    if (chdir("..") == 0) unlink("driver"), unlink("out"), rmdir("work"), rmdir(folder);
    printf("# seed %llu: %lu texts ran, %lu were refused\n", (unsigned long long)from, accepted, refused);
    fflush(stdout);
    return failures == 0;
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    uint64_t from = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)time(NULL);
    for (size_t i = 0; i < TG_COUNT(shells); i++) {
        char *find = tg_alloc_format("command -v %s >/dev/null", shells[i]);
        if (system(find) != 0) printf("# %s is not here\n", shells[i]);
        free(find);
    }
    fflush(stdout);
    pid_t half = rounds >= 20 ? fork() : -1;
    if (half == 0) return run_rounds(rounds / 2, from + 1000003) ? 0 : 1;
    bool fine = run_rounds(half > 0 ? rounds - rounds / 2 : rounds, from);
    int status = 0;
    if (half > 0) waitpid(half, &status, 0);
    return fine && status == 0 ? 0 : 1;
}
