/* SPDX-License-Identifier: MIT
 * Where values stand in the text of an `sh`, and what is made of it. Marks are written as '@'. */
#include "tests/unit/check.h"

#include <stdlib.h>

#include "engine/command/script.h"
#include "engine/command/shell.h"

#define MARKS 16

/* A letter for each mark: o, s, d, h by its quotes; n where only an int can stand, r refused, c code, p the program. */
static const char *letters(const char *text)
{
    static char out[MARKS + 1];
    struct tg_quote_place places[MARKS];
    char *copy = tg_alloc_text(text);
    size_t count = 0, length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (copy[i] == '@') copy[i] = TG_QUOTE_MARK, count++;
    tg_quote_read(copy, length, places);
    for (size_t i = 0; i < count; i++) {
        const struct tg_quote_place *p = &places[i];
        out[i] = p->refused ? 'r' : p->number ? 'n' : p->code ? 'c' : p->program ? 'p' : "osdhn"[p->form];
    }
    out[count] = 0;
    free(copy);
    return out;
}

TEST(quotes)
{
    CHECK_STR(letters("a @ 'b @' \"c @\" d\\\"@ '\"'@\"'\" @"), "osdooo");
    CHECK_STR(letters("a \"$(b '@' \"@\" @)@\" $(c \"$(d @)\") @"), "sdodoo");
    CHECK_STR(letters("# don't @\na @ #@ b#@"), "oooo");
    CHECK_STR(letters("a <<E @\n'@ \"@\nE\nb '@'"), "ohhs");
    CHECK_STR(letters("a <<A <<-'B' @\n@\nA\n@\n\tB\nb @"), "ohro");
    CHECK_STR(letters("a <(b @) >(c '@') > @ 2>@ <<< @"), "osooo");
}

TEST(places_that_cannot_be_judged)
{
    CHECK_STR(letters("a @ `b @` c @"), "oro");
    CHECK_STR(letters("a @ \"`b 'c'`\" d @"), "or");
    CHECK_STR(letters("a `b '` c @"), "r");
    CHECK_STR(letters("a `b \"$(c)\"` @"), "r");
    CHECK_STR(letters("a `b #` @"), "r");
    CHECK_STR(letters("a `b \\'c'` @"), "r");
    CHECK_STR(letters("a |\\\n| @"), "r");
    CHECK_STR(letters("a <\\\n(b @)"), "r");
    CHECK_STR(letters("a $\\\n{b} @"), "r");
    CHECK_STR(letters("a $\\\n@"), "r");
    CHECK_STR(letters("a ${b/\\}/c} @"), "r");
    CHECK_STR(letters("a @ ${b} ${c%.*} @ ${d:-@} @ ${e%'x'} @"), "ooror");
    CHECK_STR(letters("a $'@' $@ \\@ \"\\@\" @"), "rrrro");
    CHECK_STR(letters("a >& @ <&@ &> @ @; b @"), "rroro");
    CHECK_STR(letters("a $(case b in c) d;; esac) @"), "r");
    CHECK_STR(letters("a <<E$x @\n@\nE\n"), "rr");
    CHECK_STR(letters("a <<E\n`b` @\nE\n@"), "rr");
    CHECK_STR(letters("a $(b <<E) @\nE\n@"), "rr");
    CHECK_STR(letters("a @(@) b+(@) c(@)"), "orrr");
    CHECK_STR(letters("a <<@ @"), "rr");
}

TEST(places_that_can_be_judged)
{
    CHECK_STR(letters("a=`b -n \"*.c\" | sed 's/\\.c$//'`\nd @; x=(`e 'f'` @)"), "oo");
    CHECK_STR(letters("a `b \"c @\"` @ \"`d`@\""), "rod");
    CHECK_STR(letters("a @\\\n  @ ${b}\\\n @ $(c)\\\n @ |\\\n d @ && \\\n e @;\\\nf @ >\\\n@"), "oooooooo");
    CHECK_STR(letters("a ${b//\\//_} @"), "o");
}

TEST(what_reads_a_variable)
{
    CHECK_STR(letters("a $((@ + $(b @))) ((@)); ((@)) $[@] @"), "nnrnno");
    CHECK_STR(letters("a $(( $(wc < @) + $(wc @) )) b[$(wc <@)]=1 c $(($(cat <<< @)))"), "onon");
    CHECK_STR(letters("x[@]=@ a[@] ; y=([@]=@ @)"), "nonnoo");
    CHECK_STR(letters("let @; unset @; read -r @; exit @; wait @"), "nnnnn");
    CHECK_STR(letters("declare @; declare x=@; declare -i y=@; local @=1"), "nnnn");
    CHECK_STR(letters("printf '%s' @ @; printf '%d' @; printf @; printf -v @; printf \"a@\" @"), "oonnndn");
    CHECK_STR(letters("[ @ = @ ]; [ @ -eq 1 ]; [ 1 -lt @ ]; [ -v @ ]; [ @ @ ]; [[ -n @ && @ -eq 2 ]]"), "oonnnnnon");
    CHECK_STR(letters("set @; set -- @; set -e -- @; SECONDS=@; trap 'a @' EXIT; for @ in @; do"), "noonnno");
    CHECK_STR(letters("syswrite -c @ a; sysseek @; zsystem flock -f @ a; zselect -a @; print -P @; print -r -- @"), "nnnnno");
    CHECK_STR(letters("$e let @; command unset @; FOO=@ exec read @; if read @; then :; fi"), "nnonn");
    CHECK_STR(letters("declare -i n; n=@; for n in @; do a @; done"), "nno");
}

TEST(subscripts)
{
    CHECK_STR(letters("a[b[1]+@]=@; a[\"]\"+@]=1; a[ @ ]=1; x.y[@]=1"), "nonnn");
    CHECK_STR(letters("exec {a[@]}>@; {a[@]}>b c; echo {a,@} {[@]}"), "nonoo");
    CHECK_STR(letters("a $b[$c[1]+@] @; a \"$b[$c[1]+@] @\" $b[1]@"), "nondo");
    CHECK_STR(letters("a $+b[@] $^b[@] $=b[@] \"$~b[@]\" $*[@]"), "nnnnn");
    CHECK_STR(letters("a <<E\n$b[@] $*[@] $+b[$c[1]@] b[@] [@]$b@\nE\nb @"), "nnnhhho");
}

TEST(parentheses)
{
    CHECK_STR(letters("(a @); if (a @); then ! (b @); fi; x && (c @) | (d @); function f (a @); f() (b @)"), "ooooooo");
    CHECK_STR(letters("a (@) @; $a (@); x=1 (@); >b (@); exec (@); x=(a (@)); [ (@) ]"), "rorrrrrr");
    CHECK_STR(letters("case @ in (@) a @;; esac; for ((i = @;;)); do (a @); done; (( @ )) && (b @)"), "oponono");
    CHECK_STR(letters("for x (@) a @"), "rr");
}

TEST(formats)
{
    CHECK_STR(letters("printf '%s\\t%d %%\\n' @ @ @ @; printf '%*s %.2f' @ @ @; printf '%d%d' @ @"), "ononnonnn");
    CHECK_STR(letters("printf '%s %d' \"$x\" @ a'b'@ @; printf '%s %d' $x @; printf '%s %d' {a,b} @"), "nonnn");
    CHECK_STR(letters("printf \"%s@ %d\" @; printf '%2$s %1$d' @; printf '%(%Y)T %s' @; printf '%s %d' \"$@\""), "dnnnr");
}

TEST(variables_that_run)
{
    CHECK_STR(letters("BASH_ENV=@ a; export BASH_ENV=@; PS4+=@; PS4[0]=@; PS4=(@)"), "nnnnn");
    CHECK_STR(letters("functions[a]=@; functions[$a]=@; BASH_ALIASES[a]+=@; functions=@; functions_[1]=@"), "nnnoo");
}

TEST(files_that_are_redirected)
{
    CHECK_STR(letters("[ \"$(a < @)\" -eq 1 ]; [ 1 -eq \"$(a < '@' @)\" ]; [ \"$(a @)\" -eq 1 ]"), "osnn");
    CHECK_STR(letters("$(($(a < @) / $(a @) + $(a <<< @))); [[ $(a < @) -lt 2 ]]; (($(a <$((@))) < 1))"), "onnon");
    CHECK_STR(letters("declare -i n; n=$(a < @); n=$(a @); x[$(a < @)]=1; eval \"$(a < @)\""), "onoo");
    CHECK_STR(letters("if compgen -G \"@/*\"; then compgen -W @ -G a @; fi"), "dnn");
}

TEST(what_reads_code)
{
    CHECK_STR(letters("eval @; sh -c @ sh @; bash -euc \"a @\"; find . -exec sh -c 'b @' {} @"), "ccocco");
    CHECK_STR(letters("awk -F'@' -vx=@ 'a' @; awk -F: @ @; sed -i@ 'a'; sed -n@ 'a'; sed -ie @"), "soocoocc");
    CHECK_STR(letters("awk @ @; awk -v x=@ 'a' @; sed -e @ @; ssh @ a @; python3 -c \"@\" @"), "cooocoocco");
}

TEST(interpreters)
{
    CHECK_STR(letters("bash -ce @; sh -c -- @; rbash -euo pipefail -c @; perl -lane @ @; perl -ne'a @'"), "ccccoc");
    CHECK_STR(letters("python3 a.py -c @; bash a -c @; su b -c @; flock a sh -c @; php -r @; bash -e @"), "ooccco");
    CHECK_STR(letters("bash <<E\n@\nE\nbash -s - a <<E\n@\nE\npython3 a <<E\n@\nE\n"), "cch");
    CHECK_STR(letters("bash <<< @; cat <<< @; ssh @ <<E\n@\nE\nssh a 'b' <<E\n@\nE\nssh a bash <<E\n@\nE"), "coochc");
}

TEST(programs_that_run_others)
{
    CHECK_STR(letters("sudo -u @ awk @ @; xargs -I@ sed -i @; timeout 9 ssh @ @; env A=@ b @; find @ -exec awk @ {} +"),
              "ocoococoooc");
    CHECK_STR(letters("ssh -i @ -p @ @ @; ssh -v @ 'a @'; ssh -o @ -- $b @"), "ooococoo");
    CHECK_STR(letters("parallel -j @ --joblog @ @ 'a @' ::: @; parallel -k \"a @\" {} @ :::: @; parallel -a @ b @"),
              "ooccoccooc");
}

TEST(programs)
{
    CHECK_STR(letters("$(a @) @; x=$(a @)"), "cpo");
    CHECK_STR(letters("@ a @ | @; x=@ @ && ! @ > @"), "popoppo");
    CHECK(tg_quote_runs_code("eval") && tg_quote_runs_code("[") && tg_quote_runs_code("export"));
    CHECK(tg_quote_runs_code("command") && tg_quote_runs_code("builtin")); /* which would run eval */
    CHECK(!tg_quote_runs_code("gzip") && !tg_quote_runs_code("awk") && !tg_quote_runs_code("env") &&
          !tg_quote_runs_code("parallel"));
}

/* ---- scripts ------------------------------------------------------------------------------------- */

static struct tg_arena arena;

static struct tg_step made(const char *text, const char *word, const char *const *shell, bool *plain)
{
    struct tg_quote_place places[MARKS];
    struct tg_script_value values[MARKS];
    struct tg_step step = {0};
    char *copy = tg_arena_copy(&arena, text, strlen(text));
    size_t count = 0, length = strlen(text);
    for (size_t i = 0; i < length; i++)
        if (copy[i] == '@') {
            copy[i] = TG_QUOTE_MARK;
            values[count].words = tg_arena_alloc(&arena, sizeof *values[count].words);
            values[count].words[0] = word;
            values[count].list = false;
            values[count++].count = 1;
        }
    tg_quote_read(copy, length, places);
    struct tg_script s = {.text = copy, .length = length, .places = places, .values = values, .count = count, .shell = shell};
    tg_script_make(&s, &arena, &step);
    *plain = tg_script_is_plain(&s);
    if (*plain) step.argv = tg_script_words(&s, &arena);
    return step;
}

TEST(references)
{
    bool plain;
    struct tg_step step = made("a @ 'b @' \"$(c @)\" ; _tg=2", "it's", NULL, &plain);
    CHECK_STR(step.script, "_tg_1=$TGRUN_VALUE_1 _tg_2=$TGRUN_VALUE_2 _tg_3=$TGRUN_VALUE_3; unset TGRUN_VALUE_1 TGRUN_VALUE_2 "
                           "TGRUN_VALUE_3; a \"${_tg_1}\" 'b '\"${_tg_2}\"'' \"$(c \"${_tg_3}\")\" ; _tg=2");
    CHECK_STR(step.shown, "a 'it'\\''s' 'b it'\\''s' \"$(c 'it'\\''s')\" ; _tg=2");
    CHECK_STR(step.variables[2], "TGRUN_VALUE_3=it's");
    CHECK(!step.variables[3] && !step.data && !plain);
    step = made("echo $((@ - @)); a[@]=1", "-3", NULL, &plain);
    CHECK_STR(step.script, "echo $(((-3) - (-3))); a[-3]=1");
    CHECK(!step.variables);
    char *large = tg_alloc(100001);
    memset(large, '\'', 100000);
    large[100000] = 0;
    step = made("a @", large, NULL, &plain);
    CHECK_STR(step.script, ". /dev/fd/9 || exit 126; exec 9<&-; a \"${_tg1}\"");
    CHECK(step.data_length > 400000 && !step.variables);
    free(large);
}

TEST(told)
{
    bool plain;
    CHECK_STR(made("a # b @\nc", "x\ny; z", NULL, &plain).shown, "a # b x y; z\nc");
    CHECK_STR(made("a <<E\n@\n@E\n E@\nE", "E\nz", NULL, &plain).shown, "a <<E\n$()E\nz\n$()E\nzE\n EE\nz\nE");
    CHECK_STR(made("a <<-EN\n\t@N\nEN\n", "E", NULL, &plain).shown, "a <<-EN\n\t$()EN\nEN\n");
    CHECK_STR(made("a <<E\n@E\n@F\nE\n", "", NULL, &plain).shown, "a <<E\n$()E\nF\nE\n");
    CHECK_STR(made("a $b@ \"$b@ ${b}@\" <<E\n$b@\nE\n", "x", NULL, &plain).shown,
              "a $b\"\"x \"$b\"\"x ${b}x\" <<E\n$b$()x\nE\n");
    CHECK_STR(made("@ @", "a=b", NULL, &plain).shown, "'a=b' a=b");
}

TEST(plain_words)
{
    bool plain;
    struct tg_step step = made(" a b=@ 'c d' \"e @\"f ''\n", "x y", NULL, &plain);
    CHECK(plain);
    CHECK_STR(step.argv[1], "b=x y");
    CHECK_STR(step.argv[3], "e x yf");
    CHECK_STR(step.argv[4], "");
    CHECK(!step.argv[5]);
    static const char *const others[] = {"a | b",    "a > b", "a; b", "a $b",  "a *",     "a ~",  "a=1 b", "cd x", "echo x",
                                         "a \"$b\"", "a\nb",  "a 'b", "if a",  "a {b,c}", "a #b", "a =b",  "%1",   "a \\b",
                                         "",         "a & ",  "! a",  "a `b`", "[ a ]",   "a !b", "a ^b"};
    for (size_t i = 0; i < TG_COUNT(others); i++) {
        made(others[i], "x", NULL, &plain);
        if (plain) printf("# %s\n", others[i]);
        CHECK(!plain);
    }
    CHECK(made("@ x", "cd", NULL, &plain).argv == NULL);
    tg_arena_done(&arena);
}

TEST(known_shells)
{
    const char *const *bash = (const char *[]){"/usr/bin/bash", "-c", NULL};
    const char *const *dash = (const char *[]){"env", "A=1", "B=", "dash", "-c", NULL};
    CHECK(tg_shell_is_known(NULL) && tg_shell_has_arrays(NULL));
    CHECK(tg_shell_is_known(bash) && tg_shell_has_arrays(bash));
    CHECK(tg_shell_is_known(dash) && !tg_shell_has_arrays(dash));
    CHECK(!tg_shell_is_known((const char *[]){"env", "-i", "bash", "-c", NULL}));
    CHECK(!tg_shell_is_known((const char *[]){"env", NULL}));
    CHECK(!tg_shell_is_known((const char *[]){"python3", "-c", NULL}));
}
