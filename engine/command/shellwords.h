/* SPDX-License-Identifier: MIT
 * The words of one command in the text of an `sh`, as they are read: which program or builtin it names, and what that means
 * for values among its other words. Behind engine/command/quote.h. Thread class: owner. */
#ifndef TG_COMMAND_SHELLWORDS_H
#define TG_COMMAND_SHELLWORDS_H

#include <stdint.h>

#include "engine/command/quote.h"

#define TG_WORD_BYTES 24 /* of a word, enough to know the names that matter */

/* What a word is so far. */
struct tg_word {
    char text[TG_WORD_BYTES]; /* without quotes */
    size_t length;            /* TG_WORD_BYTES: longer, or not all of it is literal */
    size_t name_bytes;        /* of a name that it begins with */
    size_t from, to;          /* the places in it */
    bool begun;               /* there is a word */
    bool quoted;              /* some of it is: no keyword */
    bool assigns;             /* it began with NAME= */
    bool solid;               /* there is a word whatever its expansions give */
    bool several;             /* it may expand to any number of words */
    bool descriptor;          /* it began with '{' */
    char first;               /* its first character, 1 if that is not literal */
    enum { TG_NAME_NONE, TG_NAME, TG_NAME_PLUS, TG_NAME_SUBSCRIPT, TG_NAME_NOT } name; /* what it is so far, before '=' */
    const char *special; /* where only an int can stand, since the variable reads what it gets */
};

struct tg_shellwords {
    const struct tg_role *role; /* what the command's words are to it; NULL: its name is expected */
    struct tg_word now, last;
    bool external;                            /* .. and its name is nothing of a shell's own */
    size_t count;                             /* words behind the name */
    bool array;                               /* the words of NAME=(..) */
    bool redirected;                          /* the word is where something is redirected to */
    bool duplicated;                          /* .. behind >& or <& */
    bool prefixed;                            /* something stands before the name, so that it can be no keyword */
    bool operand;                             /* a word that is no keyword stands before: no group of commands can begin */
    bool unclear;                             /* a keyword where shells differ in whether it is one */
    bool lost;                                /* behind '&>', which some shells read as '&' and '>' */
    unsigned subscript;                       /* brackets open behind NAME[ or $NAME[ */
    bool settled;                             /* options are over, printf's format is read, the program of awk or sed is */
    bool commanded;                           /* ssh: there is a word behind the host */
    bool counts;                              /* it takes values as numbers: declare -i, printf %d */
    bool percent;                             /* in a conversion of printf's format */
    bool shifted;                             /* .. whose words may be any of its conversions' */
    uint32_t numbers;                         /* the conversions that take numbers, by bits */
    unsigned conversions, arguments;          /* in the format; words behind it */
    bool string;                              /* redirected: behind <<< */
    const struct tg_interpreter *interpreter; /* a word was one: sh, python3 */
    bool code_next;                           /* the next word is code to it */
    bool reads_input;                         /* what it reads as code is its standard input .. */
    bool told;                                /* .. because a word said so */
    /* For all values in it, because of what it stands in. */
    const char *number, *code;
    bool assigned;
    /* Of the whole text. */
    struct tg_quote_place *places;
    const size_t *next; /* the number of the place to come */
    bool *integers;     /* variables may be declared as integers */
};

/* How many brackets of a subscript are open behind c. Shells differ in whether a quoted ']' counts: none closes one. */
unsigned tg_shellwords_brackets(unsigned open, char c, bool quoted);
/* One more character of the word. */
void tg_shellwords_char(struct tg_shellwords *w, char c, bool quoted);
/* A quote in it. */
void tg_shellwords_quote(struct tg_shellwords *w);
/* A part of the word that is not literal: $x, $(..), a value. solid: it is a word even if it is empty. */
void tg_shellwords_unknown(struct tg_shellwords *w, bool solid);
/* What is true of a value that comes next in the word. */
void tg_shellwords_judge(const struct tg_shellwords *w, struct tg_quote_place *place);
/* What reads the command's standard input as code, by its words so far; NULL: nothing does. */
const char *tg_shellwords_input(const struct tg_shellwords *w);
/* The word is over, if there is one. */
void tg_shellwords_end(struct tg_shellwords *w);
/* The command is over, as behind ';'. */
void tg_shellwords_next_command(struct tg_shellwords *w);
/* Before a '<' or '>': a word that belongs to it, as in 2> and {fd}>, is none of the command's; any other is over. */
void tg_shellwords_redirect(struct tg_shellwords *w);

/* The word is a file that is read or written: nothing that the command prints is made of it. */
bool tg_shellwords_is_path(const struct tg_shellwords *w);
/* Inside [[ .. ]]. */
bool tg_shellwords_in_condition(const struct tg_shellwords *w);
/* Whether a '(' that begins a word begins a group of commands; else it is a pattern, of which zsh runs parts. */
bool tg_shellwords_may_group(const struct tg_shellwords *w);
/* Among the words of `for`. */
bool tg_shellwords_in_for(const struct tg_shellwords *w);
/* Behind the word `case`. */
bool tg_shellwords_in_case(const struct tg_shellwords *w);

#endif
