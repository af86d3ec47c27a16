/* SPDX-License-Identifier: MIT
 * Secrets in texts: every form that is looked for, texts that are cut, texts that come in pieces. */
#include "engine/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "tests/unit/check.h"

/* The text without these secrets, NULL-terminated; borrowed until the next call. */
static const char *hidden(const char *const *secrets, const char *text)
{
    static char *last;
    struct tg_secrets s;
    tg_secrets_init(&s);
    for (; *secrets; secrets++) tg_secrets_add(&s, *secrets, strlen(*secrets));
    free(last);
    last = tg_secrets_hidden(&s, text);
    tg_secrets_done(&s);
    return last;
}

#define HIDDEN(secret, text) hidden((const char *const[]){secret, NULL}, text)

TEST(as_it_is)
{
    CHECK_STR(HIDDEN("swordfish", "swordfish, a swordfish!"), "***, a ***!");
    CHECK_STR(HIDDEN("swordfish", "sword fish swordfis? wordfish"), "sword fish swordfis? wordfish");
    CHECK_STR(HIDDEN("aaaa", "aaaaaaa"), "***");
    CHECK_STR(hidden((const char *const[]){"abcd", "cdef", "efgh", NULL}, "xabcdefghy"), "x***y");
    CHECK_STR(hidden((const char *const[]){NULL}, "nothing"), "nothing");
}

TEST(too_short)
{
    struct tg_secrets s;
    tg_secrets_init(&s);
    CHECK(!tg_secrets_any(&s) && !tg_secrets_any(NULL));
    CHECK(!tg_secrets_add(&s, "abc", 3) && !tg_secrets_add(&s, "", 0));
    CHECK(!tg_secrets_any(&s));
    CHECK(tg_secrets_add(&s, "abcd", 4) && tg_secrets_any(&s));
    tg_secrets_done(&s);
}

TEST(written_otherwise)
{
    CHECK_STR(HIDDEN("it's \"5$\\", "'it'\\''s \"5$\\'"), "'***'");       /* for a shell */
    CHECK_STR(HIDDEN("it's \"5$\\", "\"it's \\\"5\\$\\\\\""), "\"***\""); /* in .tg, in a shell's ".." */
    CHECK_STR(HIDDEN("it's \"5$\\", "\"it's \\\"5$\\\\\""), "\"***\"");   /* in JSON */
    CHECK_STR(HIDDEN("it's \"5\"", "'it'\"'\"'s \"5\"'|'it''s \"5\"'|'it\\'s \"5\"'|\"it's \"\"5\"\"\""),
              "'***'|'***'|'***'|\"***\"");
    CHECK_STR(HIDDEN("pass/word+1", "http://u:pass%2Fword%2B1@h"), "http://u:***@h"); /* in a URL */
    CHECK_STR(HIDDEN("pass/word+1", "http://u:pass%2fword%2b1@h"), "http://u:***@h");
    CHECK_STR(HIDDEN("a/b c!(d)", "a%2Fb%20c!(d)|a/b%20c%21%28d%29|a%2Fb+c%21%28d%29"), "***|***|***"); /* JS, Python, forms */
    CHECK_STR(HIDDEN("a<b&\"c'", "a&lt;b&amp;\"c'|a&lt;b&amp;&quot;c&#39;|a&lt;b&amp;&quot;c&apos;|a&lt;b&amp;&quot;c'"),
              "***|***|***|***");
    CHECK_STR(HIDDEN("p\u00e4\U0001f600\"x", "p\\u00e4\\ud83d\\ude00\\\"x"), "***"); /* JSON in ASCII */
    CHECK_STR(HIDDEN("a<b>&\u00e4", "a\\u003cb\\u003e\\u0026\u00e4"), "***");        /* JSON for pages */
    CHECK_STR(HIDDEN("a/\"b\\", "a\\/\\\"b\\\\|a/\\\\\\\"b\\\\\\\\"), "***|***");    /* .. of PHP, in other JSON */
    CHECK_STR(HIDDEN("swordfish", "73776f726466697368 73776F726466697368"), "*** ***");
    CHECK_STR(HIDDEN("swordfish", "c3dvcmRmaXNo."), "***.");                         /* swordfish */
    CHECK_STR(HIDDEN("swordfish", "dXNlcjpzd29yZGZpc2g="), "dXNlcjp***g=");          /* user:swordfish */
    CHECK_STR(HIDDEN("swordfish", "YWI6c3dvcmRmaXNoOnh5"), "YWI6***Onh5");           /* ab:swordfish:xy */
    CHECK_STR(HIDDEN("\77\77>>\77\77>>", "Pz8+Pj8/Pj4 Pz8-Pj8_Pj4."), "***4 ***4."); /* of URLs, too */
}

TEST(lines)
{
    const char *key = "-----BEGIN KEY-----\nabcdefgh\n12\n";
    CHECK_STR(HIDDEN(key, "    -----BEGIN KEY-----\n    abcdefgh\n    12"), "    ***\n    ***\n    12");
    CHECK_STR(HIDDEN(key, "\"-----BEGIN KEY-----\\nabcdefgh\\n12\\n\""), "\"***\"");
    CHECK_STR(HIDDEN(key, "-----BEGIN KEY-----\nabcdefgh\n12\n"), "***");
}

TEST(parts_that_are_too_short)
{
    const char *secret = "a\tb\"\nc${\x1b";
    CHECK_STR(HIDDEN(secret, "x a\tb\"\nc${\x1b y"), "x *** y");
    CHECK_STR(HIDDEN(secret, "\"a\\tb\\\"\\nc${\\u001b\""), "\"***\""); /* in JSON */
    CHECK_STR(HIDDEN(secret, "\"a\\tb\\\"\\nc\\${\\x1b\""), "\"***\""); /* in .tg */
    CHECK_STR(HIDDEN(secret, "'a\tb\"\xef\xbf\xbd"
                             "c${\xef\xbf\xbd'"),
              "'***'"); /* as what a command has printed */
}

TEST(cut)
{
    CHECK_STR(HIDDEN("swordfish", "f(\"sword..., 1)"), "f(\"***..., 1)");
    CHECK_STR(HIDDEN("swordfish", "sword ... x"), "*** ... x");
    CHECK_STR(HIDDEN("swordfish", "swordf\u2026"), "***\u2026");
    CHECK_STR(HIDDEN("swordfish", "...fish, swo..."), "...***, swo...");
    CHECK_STR(HIDDEN("swordfish", "\u2026rdfish"), "\u2026***");
    CHECK_STR(HIDDEN("swordfish", "it is swordf"), "it is ***");
    CHECK_STR(HIDDEN("a long one that somebody cuts", "'a long one that some'"), "'***'");
}

TEST(in_pieces)
{
    const char *text = "aswordfishb swordswordfish swor", *shown = "a***b sword*** ***";
    struct tg_secrets s;
    tg_secrets_init(&s);
    tg_secrets_add(&s, "swordfish", 9);
    for (size_t size = 1; size <= strlen(text); size++) {
        struct tg_secret_stream st = {0};
        struct tg_buf out = {0};
        for (size_t at = 0; at < strlen(text); at += size) {
            size_t left = strlen(text) - at;
            tg_secret_stream_add(&st, &s, text + at, left < size ? left : size, false, &out);
        }
        tg_secret_stream_add(&st, &s, "", 0, true, &out);
        CHECK_STR(tg_buf_str(&out), shown);
        tg_secret_stream_done(&st);
        tg_buf_done(&out);
    }
    tg_secrets_done(&s);
}

/* Nothing is held back that cannot be the beginning of one. */
TEST(held_back)
{
    struct tg_secrets s;
    struct tg_secret_stream st = {0};
    struct tg_buf out = {0};
    tg_secrets_init(&s);
    tg_secrets_add(&s, "swordfish", 9);
    tg_secret_stream_add(&st, &s, "a progress bar: s", 17, false, &out);
    CHECK_STR(tg_buf_str(&out), "a progress bar: ");
    tg_secret_stream_add(&st, &s, "o", 1, false, &out);
    CHECK_STR(tg_buf_str(&out), "a progress bar: so");
    tg_secret_stream_done(&st);
    tg_secrets_done(&s);
    tg_buf_done(&out);
}
