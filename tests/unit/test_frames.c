/* SPDX-License-Identifier: MIT
 * Messages of drivers through pipes: whole and in pieces, cut anywhere, with lengths that lie, random bytes. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/check.h"
#include "engine/remote/frames.h"

/* One end of a pipe that is written to by hand, or with frames; what comes out is read with frames. */
struct pair {
    int fds[2];
    struct tg_frames to, from;
};

static void open_pair(struct pair *p)
{
    if (pipe(p->fds) != 0) abort();
    fcntl(p->fds[1], F_SETPIPE_SZ, 1 << 20); /* what is sent by hand fits */
    tg_frames_init(&p->to, -1, p->fds[1]);
    tg_frames_init(&p->from, p->fds[0], -1);
}

static void close_writer(struct pair *p)
{
    if (p->fds[1] >= 0) close(p->fds[1]);
    p->fds[1] = -1;
}

static void close_pair(struct pair *p)
{
    close_writer(p);
    close(p->fds[0]);
    tg_frames_done(&p->to);
    tg_frames_done(&p->from);
}

static void send_bytes(struct pair *p, const void *bytes, size_t length)
{
    CHECK_INT(write(p->fds[1], bytes, length), length);
}

/* A message by hand, whatever its lengths say. */
static void send_raw(struct pair *p, uint32_t body, uint32_t json_length, const char *json)
{
    uint32_t lengths[2] = {body, json_length};
    send_bytes(p, lengths, sizeof lengths);
    send_bytes(p, json, strlen(json));
}

static void send_json(struct pair *p, const char *json)
{
    uint32_t length = (uint32_t)strlen(json);
    send_raw(p, 4 + length, length, json);
}

/* What reading comes to; the error's text, which the next call changes. */
static int next(struct pair *p, struct tg_frame *m, const char **why)
{
    static char text[300];
    struct tg_err err = {0};
    int came = tg_frames_next(&p->from, m, &err);
    snprintf(text, sizeof text, "%s", err.message ? err.message : "");
    if (why) *why = text;
    tg_err_done(&err);
    return came;
}

static void check_refused(const char *part, struct pair *p)
{
    struct tg_frame m;
    const char *why;
    CHECK_INT(next(p, &m, &why), -1);
    CHECK(strstr(why, part));
    if (!strstr(why, part)) printf("# \"%s\" has no \"%s\"\n", why, part);
    CHECK_INT(next(p, &m, &why), -1);
    CHECK_STR(why, "");
}

static void write_sample(struct tg_frames *f)
{
    static const char first[] = "abc", second[] = "defgh";
    struct iovec blob[3] = {{(void *)first, 3}, {NULL, 0}, {(void *)second, 5}};
    tg_frames_begin(f, "submit");
    tg_frames_text(f, "name", "a \"quoted\"\nname \xc3\xa9");
    tg_frames_int(f, "id", INT64_MIN);
    tg_frames_bool(f, "yes", true);
    tg_frames_json(f, "in", "[1,\"key\"]");
    tg_frames_end(f, blob, 3);
}

static void check_sample(const struct tg_frame *m)
{
    CHECK_STR(m->kind, "submit");
    CHECK_STR(tg_frame_text(m, "name"), "a \"quoted\"\nname \xc3\xa9");
    CHECK(tg_frame_int(m, "id", 7) == INT64_MIN);
    CHECK_INT(tg_kind(tg_frame_get(m, "yes")), TG_BOOL);
    CHECK_INT(tg_kind(tg_frame_get(m, "in")), TG_LIST);
    CHECK_INT(m->blob_bytes, 8);
    CHECK(m->blob_bytes == 8 && memcmp(m->blob, "abcdefgh", 8) == 0);
}

TEST(a_message_comes_out_as_it_went_in)
{
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    CHECK_INT(next(&p, &m, NULL), 0);
    CHECK(!tg_frames_has_more(&p.to));
    write_sample(&p.to);
    CHECK(tg_frames_has_more(&p.to));
    CHECK(tg_frames_flush(&p.to));
    CHECK(!tg_frames_has_more(&p.to));
    CHECK_INT(next(&p, &m, NULL), 1);
    check_sample(&m);
    CHECK_INT(next(&p, &m, NULL), 0);
    close_writer(&p);
    const char *why;
    CHECK_INT(next(&p, &m, &why), -1);
    CHECK_STR(why, "");
    close_pair(&p);
}

TEST(a_member_that_is_missing_or_of_another_type_is_the_default)
{
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    send_json(&p, "{\"t\": \"pong\", \"n\": \"text\", \"s\": 5}");
    CHECK_INT(next(&p, &m, NULL), 1);
    CHECK_INT(tg_frame_int(&m, "n", 9), 9);
    CHECK_INT(tg_frame_int(&m, "none", 8), 8);
    CHECK_STR(tg_frame_text(&m, "s"), "");
    CHECK_STR(tg_frame_text(&m, "none"), "");
    CHECK_INT(tg_kind(tg_frame_get(&m, "none")), TG_NIL);
    CHECK_INT(m.blob_bytes, 0);
    close_pair(&p);
}

TEST(members_are_handed_on_but_some)
{
    static const char *const without[] = {"id", "none", NULL};
    struct pair p, on;
    struct tg_frame m;
    open_pair(&p);
    open_pair(&on);
    write_sample(&p.to);
    tg_frames_flush(&p.to);
    CHECK_INT(next(&p, &m, NULL), 1);
    tg_frames_begin(&on.to, "done");
    tg_frames_same(&on.to, &m, without);
    tg_frames_end(&on.to, NULL, 0);
    tg_frames_flush(&on.to);
    CHECK_INT(next(&on, &m, NULL), 1);
    CHECK_STR(m.kind, "done");
    CHECK_INT(tg_frame_int(&m, "id", 7), 7);
    CHECK_STR(tg_frame_text(&m, "name"), "a \"quoted\"\nname \xc3\xa9");
    close_pair(&p);
    close_pair(&on);
}

/* Three messages as bytes. */
static size_t sample_bytes(uint8_t *bytes, size_t room)
{
    struct pair p;
    open_pair(&p);
    for (int i = 0; i < 3; i++) write_sample(&p.to);
    tg_frames_flush(&p.to);
    ssize_t n = read(p.fds[0], bytes, room);
    close_pair(&p);
    return n < 0 ? 0 : (size_t)n;
}

TEST(messages_that_come_a_byte_at_a_time_are_read_as_soon_as_they_are_whole)
{
    uint8_t bytes[1000];
    size_t length = sample_bytes(bytes, sizeof bytes), came = 0;
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    CHECK_INT(length % 3, 0);
    for (size_t i = 0; i < length; i++) {
        send_bytes(&p, bytes + i, 1);
        int got = next(&p, &m, NULL);
        CHECK_INT(got, (i + 1) % (length / 3) == 0);
        if (got == 1) check_sample(&m), came++;
    }
    CHECK_INT(came, 3);
    close_pair(&p);
}

TEST(a_connection_that_is_cut_anywhere_gives_what_is_whole_and_says_so)
{
    uint8_t bytes[1000];
    size_t length = sample_bytes(bytes, sizeof bytes);
    for (size_t cut = 0; cut <= length; cut++) {
        struct pair p;
        struct tg_frame m;
        const char *why;
        size_t came = 0;
        open_pair(&p);
        send_bytes(&p, bytes, cut);
        close_writer(&p);
        while (next(&p, &m, &why) == 1) came++;
        CHECK_INT(came, cut / (length / 3));
        CHECK_STR(why, cut % (length / 3) ? "the connection has ended in the middle of a message" : "");
        close_pair(&p);
    }
}

static void refuse_lengths(uint32_t body, uint32_t json, const char *part)
{
    struct pair p;
    open_pair(&p);
    send_raw(&p, body, json, "{\"t\":\"x\"}");
    check_refused(part, &p);
    close_pair(&p);
}

TEST(lengths_that_cannot_be_are_refused_at_once)
{
    refuse_lengths(0, 0, "a message of 0 bytes");
    refuse_lengths(3, 0, "a message of 3 bytes");
    refuse_lengths(UINT32_MAX, 9, "a message of 4294967295 bytes");
    refuse_lengths(TG_FRAMES_BODY + 1, 9, "a message of 1073741825 bytes");
    refuse_lengths(13, 10, "JSON has 10 bytes");
    refuse_lengths(13, UINT32_MAX, "JSON has 4294967295 bytes");
    refuse_lengths(TG_FRAMES_BODY, TG_FRAMES_JSON + 1, "JSON has 1048577 bytes");
    refuse_lengths(4, 0, "no JSON");
}

TEST(a_length_that_lies_takes_no_memory)
{
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    send_raw(&p, TG_FRAMES_BODY, 9, "{\"t\":\"x\"}");
    CHECK_INT(next(&p, &m, NULL), 0);
    CHECK(p.from.got.room < 1 << 20);
    close_writer(&p);
    check_refused("in the middle of a message", &p);
    close_pair(&p);
}

static void refuse_json(const char *json, const char *part)
{
    struct pair p;
    open_pair(&p);
    send_json(&p, json);
    check_refused(part, &p);
    close_pair(&p);
}

TEST(json_that_is_no_message_is_refused)
{
    refuse_json("{\"t\":\"x\"", "no JSON");
    refuse_json("{\"t\":\"x\",\"t\":\"y\"}", "no JSON");
    refuse_json("{\"t\":\"\xff\"}", "no JSON");
    refuse_json("[\"t\"]", "without a kind");
    refuse_json("{}", "without a kind");
    refuse_json("{\"t\":1}", "without a kind");
    refuse_json("null", "without a kind");
}

TEST(random_bytes_are_no_messages)
{
    unsigned seed = 20261128;
    for (int round = 0; round < 2000; round++) {
        uint8_t bytes[200];
        struct pair p;
        struct tg_frame m;
        open_pair(&p);
        for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)(rand_r(&seed) >> 7);
        if (round % 2) memset(bytes + 1, 0, 3), memset(bytes + 5, 0, 3); /* lengths that may be */
        send_bytes(&p, bytes, sizeof bytes);
        close_writer(&p);
        int came = 1;
        for (int i = 0; i < 100 && came == 1; i++) came = next(&p, &m, NULL);
        CHECK_INT(came, -1);
        close_pair(&p);
    }
}

/* Fills, reads and compares: the message is larger than the pipe. */
TEST(a_large_message_goes_through_in_pieces)
{
    size_t length = 5000000;
    uint8_t *large = malloc(length);
    for (size_t i = 0; i < length; i++) large[i] = (uint8_t)(i * 31 >> 3);
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    tg_frames_begin(&p.to, "value");
    tg_frames_end(&p.to, &(struct iovec){large, length}, 1);
    write_sample(&p.to);
    int came = 0, rounds = 0;
    while (came == 0 && rounds++ < 10000) {
        CHECK(tg_frames_flush(&p.to));
        came = next(&p, &m, NULL);
    }
    CHECK_INT(came, 1);
    CHECK(rounds > 1);
    CHECK(came == 1 && m.blob_bytes == length && memcmp(m.blob, large, length) == 0);
    CHECK(tg_frames_flush(&p.to));
    CHECK_INT(next(&p, &m, NULL), 1);
    check_sample(&m);
    CHECK_INT(next(&p, &m, NULL), 0);
    CHECK(p.from.got.room < 1 << 20); /* what was large is given back */
    CHECK(p.to.waiting.room < 1 << 20);
    free(large);
    close_pair(&p);
}

TEST(nobody_reads_is_told)
{
    struct pair p;
    signal(SIGPIPE, SIG_IGN);
    open_pair(&p);
    close(p.fds[0]);
    write_sample(&p.to);
    CHECK(!tg_frames_flush(&p.to));
    CHECK(!tg_frames_has_more(&p.to));
    write_sample(&p.to);
    CHECK(!tg_frames_flush(&p.to));
    p.fds[0] = dup(p.fds[1]);
    close_pair(&p);
}

TEST(a_message_that_is_too_long_does_not_go_out)
{
    struct pair p;
    struct tg_frame m;
    open_pair(&p);
    char *text = malloc(TG_FRAMES_JSON + 1);
    memset(text, 'x', TG_FRAMES_JSON);
    text[TG_FRAMES_JSON] = 0;
    tg_frames_begin(&p.to, "log");
    tg_frames_text(&p.to, "text", text);
    tg_frames_end(&p.to, NULL, 0);
    CHECK(!tg_frames_flush(&p.to));
    CHECK_INT(next(&p, &m, NULL), 0);
    free(text);
    close_pair(&p);
}

TEST(the_build_says_which_tgrun_it_is)
{
    CHECK(strstr(tg_frames_build(), "tgrun " TG_VERSION ", ") == tg_frames_build());
    CHECK(strstr(tg_frames_build(), "program "));
    CHECK(!strstr(tg_frames_build(), "program 00000000000000000000000000000000"));
    CHECK(tg_frames_build() == tg_frames_build());
}

TEST(standard_descriptors_are_moved_away)
{
    int in[2], out[2], keep[2] = {dup(0), dup(1)}, got_in, got_out;
    char byte = 0;
    fflush(stdout);
    if (pipe(in) != 0 || pipe(out) != 0) abort();
    dup2(in[0], 0);
    dup2(out[1], 1);
    bool taken = tg_frames_take_standard(&got_in, &got_out);
    bool empty = read(0, &byte, 1) == 0;
    bool through = write(in[1], "i", 1) == 1 && read(got_in, &byte, 1) == 1 && byte == 'i' && write(got_out, "o", 1) == 1 &&
                   read(out[0], &byte, 1) == 1 && byte == 'o';
    dup2(keep[0], 0);
    dup2(keep[1], 1);
    CHECK(taken && empty && through);
    int all[] = {in[0], in[1], out[0], out[1], keep[0], keep[1], got_in, got_out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) close(all[i]);
}
