/* SPDX-License-Identifier: MIT
 * Commands: results of every kind, errors as the user sees them, what the program finds around it, output modes and
 * files aside. */
#include "engine/value/str.h"
#include "tests/unit/command_case.h"

/* ---- results ------------------------------------------------------------------------------------- */

TEST(str)
{
    CHECK_STR(result("echo hello", TG_OUTPUT_STR), "\"hello\"");
    CHECK_STR(result("printf 'a\\n\\n'", TG_OUTPUT_STR), "\"a\\n\"");
    CHECK_STR(result("printf ''", TG_OUTPUT_STR), "\"\"");
    CHECK_STR(result("printf 'a\\377'", TG_OUTPUT_STR), "standard output is not UTF-8 text: byte 2 is 0xff");
}

TEST(numbers)
{
    CHECK_STR(result("echo '  42 '", TG_OUTPUT_INT), "42");
    CHECK_STR(result("echo -9223372036854775808", TG_OUTPUT_INT), "-9223372036854775808");
    CHECK_STR(result("echo 9223372036854775807", TG_OUTPUT_INT), "9223372036854775807");
    CHECK_STR(result("echo 9223372036854775808", TG_OUTPUT_INT),
              "standard output is not an int of 64 bits: '9223372036854775808'");
    CHECK_STR(result("echo 12 files", TG_OUTPUT_INT), "standard output is not an int: '12 files'");
    CHECK_STR(result("true", TG_OUTPUT_INT), "standard output is empty, not an int");
    CHECK_STR(result("echo -", TG_OUTPUT_INT), "standard output is not an int: '-'");
    CHECK_STR(result("printf '1\\0'", TG_OUTPUT_INT), "standard output is not an int: '1\xef\xbf\xbd'");
    CHECK_STR(result("head -c 100 /dev/zero | tr '\\0' x", TG_OUTPUT_INT),
              "standard output is not an int: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...'");
    CHECK_STR(result("echo 1.5e3", TG_OUTPUT_FLOAT), "1500.0");
    CHECK_STR(result("echo 7", TG_OUTPUT_FLOAT), "7.0");
    CHECK_STR(result("echo -inf", TG_OUTPUT_FLOAT), "-inf");
    CHECK_STR(result("echo 0x10", TG_OUTPUT_FLOAT), "standard output is not a float: '0x10'");
    CHECK_STR(result("echo 1e999", TG_OUTPUT_FLOAT), "standard output is not a float of 64 bits: '1e999'");
    CHECK_STR(result("echo 1.5.2", TG_OUTPUT_FLOAT), "standard output is not a float: '1.5.2'");
}

TEST(other_kinds)
{
    CHECK_STR(result("echo '{\"a\": [1, 2.5, null]}'", TG_OUTPUT_JSON), "{a: [1, 2.5, nil]}");
    CHECK(has(result("echo '{'", TG_OUTPUT_JSON), "standard output is not JSON: "));
    CHECK_STR(result("printf 'a\\n\\nb'", TG_OUTPUT_LINES), "[\"a\", \"\", \"b\"]");
    CHECK_STR(result("true", TG_OUTPUT_LINES), "[]");
    CHECK_STR(result("printf '1\\n 2'", TG_OUTPUT_INTS), "[1, 2]");
    CHECK_STR(result("printf '1\\n2.5\\n'", TG_OUTPUT_FLOATS), "[1.0, 2.5]");
    CHECK_STR(result("printf '1\\n\\n'", TG_OUTPUT_INTS), "line 2 of standard output is empty, not an int");
    CHECK_STR(result("exit 0", TG_OUTPUT_BOOL), "true");
    CHECK_STR(result("exit 1", TG_OUTPUT_BOOL), "false");
    CHECK_STR(result("exit 2", TG_OUTPUT_BOOL), "command failed with exit status 2");
    CHECK_STR(result("echo shown", TG_OUTPUT_NIL), "nil");
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "printf 'a\\0\\377'", TG_OUTPUT_BYTES, &out), TG_OK);
    CHECK_INT(tg_kind(out), TG_BYTES);
    CHECK_INT(tg_str_of(out)->length, 3);
    CHECK(memcmp(tg_str_of(out)->data, "a\0\377", 3) == 0);
    tg_value_unref(out);
}

TEST(large_output_and_errors_at_once)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "head -c 3000000 /dev/zero & head -c 3000000 /dev/zero >&2; wait", TG_OUTPUT_BYTES, &out), TG_OK);
    CHECK_INT(tg_str_of(out)->length, 3000000);
    tg_value_unref(out);
}

TEST(capture_has_a_cap)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    tg_commands_limit_capture(commands, 100000);
    CHECK_INT(sh(&ctx, "cat /dev/zero", TG_OUTPUT_BYTES, &out), TG_FAIL); /* which would never end */
    CHECK_STR(ctx.err.message, "standard output is more than 100000 bytes");
    tg_err_done(&ctx.err);
}

TEST(several_steps)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char *one[] = {"printf", "%s|", "a b", "", "c", NULL}, *two[] = {"cat", NULL}, *bad[] = {"false", NULL};
    CHECK_INT(run_shell("printf from-file > in.txt"), 0);
    struct tg_step steps[] = {{.argv = one}, {.argv = two}, {.argv = two, .input_path = "in.txt"}, {.argv = bad}};
    struct tg_command command = {.name = "demo", .steps = steps, .step_count = 3, .output = TG_OUTPUT_STR};
    tg_value out;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_OK);
    CHECK_STR(tg_str_of(out)->data, "a b||c|from-file");
    tg_value_unref(out);
    command.step_count = 4;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK(has(joined(&ctx), "command failed with exit status 1|$ false"));
    CHECK(has(contents(strstr(ctx.err.detail, "log: ") + 5), "a b||c|from-file"));
    tg_err_done(&ctx.err);
}

/* ---- errors -------------------------------------------------------------------------------------- */

TEST(failing)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "seq 1 30 >&2; exit 3", TG_OUTPUT_STR, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "command failed with exit status 3");
    CHECK(has(ctx.err.detail, "$ seq 1 30 >&2; exit 3\nstandard error, last 20 lines:\n    11\n    12\n"));
    CHECK(has(ctx.err.detail, "    30\nlog: .tgrun/logs/"));
    CHECK(has(contents(strstr(ctx.err.detail, "log: ") + 5), "1\n2\n3\n"));
    CHECK_STR(tg_buf_str(&said), "");
    tg_err_done(&ctx.err);
}

TEST(failing_without_output)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "exit 255", TG_OUTPUT_STR, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "command failed with exit status 255");
    CHECK(!strstr(ctx.err.detail, "standard error"));
    CHECK(has(contents(strstr(ctx.err.detail, "log: ") + 5), "$ exit 255\ncommand failed with exit status 255\n"));
    tg_err_done(&ctx.err);
}

TEST(killed_by_signal)
{
    CHECK_STR(result("kill -SEGV $$", TG_OUTPUT_STR), "command killed by signal SEGV");
    CHECK_STR(result("kill -PIPE $$", TG_OUTPUT_STR), "command killed by signal PIPE");
    CHECK_STR(result("kill -40 $$", TG_OUTPUT_STR), "command killed by signal 40");
}

TEST(cannot_run)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char *argv[] = {"gzp-is-no-program", "-9", "it's", NULL};
    struct tg_step step = {.argv = argv};
    struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .output = TG_OUTPUT_NIL};
    tg_value out;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK(has(joined(&ctx), "cannot run 'gzp-is-no-program': No such file or directory|$ gzp-is-no-program -9 'it'\\''s'"));
    tg_err_done(&ctx.err);
    CHECK_INT(run_shell("echo x > plain; mkdir -p folder; printf '#!/no/interpreter\\n' > script; chmod +x script"), 0);
    const char *const cases[][2] = {{"./plain", "cannot run './plain': Permission denied"},
                                    {"./folder", "cannot run './folder': Permission denied"},
                                    {"./plain/x", "cannot run './plain/x': Not a directory"},
                                    {"./script", "The file is there, but not the interpreter"},
                                    {"", "cannot run '': No such file or directory"}};
    for (size_t i = 0; i < 5; i++) {
        argv[0] = (char *)cases[i][0];
        CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
        CHECK(has(joined(&ctx), cases[i][1]));
        tg_err_done(&ctx.err);
    }
    argv[0] = "true";
    char *large = tg_alloc(300001);
    memset(large, 'x', 300000);
    large[300000] = 0;
    argv[1] = large;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK(has(joined(&ctx), "cannot run 'true': Argument list too long|$ true xxx"));
    CHECK(strlen(ctx.err.detail) < 5000);
    tg_err_done(&ctx.err);
    free(large);
    argv[1] = NULL;
    step.output_path = "no/such/output";
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "cannot write 'no/such/output': No such file or directory");
    tg_err_done(&ctx.err);
    step.input_path = "no/such/input";
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "cannot read 'no/such/input': No such file or directory");
    tg_err_done(&ctx.err);
}

TEST(too_many_open_files)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct rlimit before, low;
    tg_value out;
    CHECK_INT(sh(&ctx, "true", TG_OUTPUT_NIL, &out), TG_OK);
    getrlimit(RLIMIT_NOFILE, &before);
    for (int room = 0; room < 4; room++) {
        int next = dup(0);
        close(next);
        low = (struct rlimit){(rlim_t)next + (rlim_t)room, before.rlim_max};
        setrlimit(RLIMIT_NOFILE, &low);
        int status = sh(&ctx, "true", TG_OUTPUT_STR, &out);
        setrlimit(RLIMIT_NOFILE, &before);
        CHECK_INT(status, TG_FAIL);
        CHECK_STR(ctx.err.message, "cannot start 'bash': Too many open files");
        CHECK(ctx.err.hint != NULL);
        tg_err_done(&ctx.err);
    }
    CHECK_INT(sh(&ctx, "true", TG_OUTPUT_NIL, &out), TG_OK);
}

TEST(strange_bytes_in_errors)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "printf 'a\\0b\\377\\n10%%\\r20%%\\r\\nend\\n' >&2; false", TG_OUTPUT_STR, &out), TG_FAIL);
    CHECK(has(ctx.err.detail, "    a\xef\xbf\xbd"
                              "b\xef\xbf\xbd\n    20%\n    end\n"));
    tg_err_done(&ctx.err);
    CHECK_INT(sh(&ctx, "head -c 100000 /dev/zero | tr '\\0' y >&2; false", TG_OUTPUT_STR, &out), TG_FAIL);
    CHECK(strlen(ctx.err.detail) < 40000);
    tg_err_done(&ctx.err);
}

/* ---- the child's surroundings -------------------------------------------------------------------- */

TEST(child_surroundings)
{
    begin(TG_SHOW_FAILED);
    sigset_t blocked, before;
    sigfillset(&blocked);
    pthread_sigmask(SIG_SETMASK, &blocked, &before);
    /* Signals 32 and 33 are the C library's own: a make that spawned this program left them ignored. */
    const char *status = result("sed -n '/^SigBlk/p;/^SigIgn/{s/180000000$/000000000/;p}' /proc/self/status", TG_OUTPUT_STR);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    CHECK_STR(status, "\"SigBlk:\\t0000000000000000\\nSigIgn:\\t0000000000000000\"");
    CHECK_STR(result("ls /proc/self/fd | tr '\\n' ' '", TG_OUTPUT_STR), "\"0 1 2 3 \"");
    CHECK_STR(result("readlink /proc/self/fd/0", TG_OUTPUT_STR), "\"/dev/null\"");
    setenv("TG_TEST_WORD", "same as here", 1);
    CHECK_STR(result("echo $TG_TEST_WORD", TG_OUTPUT_STR), "\"same as here\"");
    CHECK_STR(result("set -- $(cat /proc/self/stat); test $5 = $$ && test $6 = $$ && echo own", TG_OUTPUT_STR), "\"own\"");
}

TEST(no_descriptor_leaks)
{
    tg_ctx ctx = begin(TG_SHOW_GROUPED);
    tg_value out;
    sh(&ctx, "echo x >&2", TG_OUTPUT_NIL, &out); /* the folder of logs has been made */
    int before = open_fds();
    for (int i = 0; i < 5; i++) {
        sh(&ctx, "echo x >&2", TG_OUTPUT_STR, &out);
        tg_value_unref(out);
        sh(&ctx, "exit 1", TG_OUTPUT_STR, &out);
        tg_err_done(&ctx.err);
        char *argv[] = {"gzp-is-no-program", NULL};
        struct tg_step step = {.argv = argv};
        struct tg_command command = {.name = "demo", .steps = &step, .step_count = 1, .output = TG_OUTPUT_STR};
        tg_command_run(&ctx, &command, &out);
        tg_err_done(&ctx.err);
    }
    CHECK_INT(open_fds(), before);
}

TEST(standard_descriptors_closed)
{
    begin(TG_SHOW_FAILED);
    fflush(stdout);
    int saved[3];
    for (int fd = 0; fd < 3; fd++) saved[fd] = fcntl(fd, F_DUPFD_CLOEXEC, 100), close(fd);
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    int status = sh(&ctx, "echo out; echo err >&2", TG_OUTPUT_STR, &out);
    for (int fd = 0; fd < 3; fd++) dup2(saved[fd], fd), close(saved[fd]);
    begin(TG_SHOW_FAILED);
    CHECK_INT(status, TG_OK);
    CHECK_STR(status == TG_OK ? tg_str_of(out)->data : ctx.err.message, "out");
    tg_value_unref(out);
    tg_err_done(&ctx.err);
}

/* ---- output modes -------------------------------------------------------------------------------- */

TEST(shown_live)
{
    tg_ctx ctx = begin(TG_SHOW_LIVE);
    tg_value out;
    CHECK_INT(sh(&ctx, "echo one; echo two >&2; printf three", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "[demo] one\n[demo] two\n[demo] three\n");
}

TEST(shown_grouped)
{
    tg_ctx ctx = begin(TG_SHOW_GROUPED);
    tg_value out;
    CHECK_INT(sh(&ctx, "echo one; echo two >&2", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "[demo]\none\ntwo\n");
    CHECK_INT(sh(&ctx, "true", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "[demo]\none\ntwo\n");
}

TEST(shown_of_what_gives_nil)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "echo one; echo two >&2", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "[demo]\none\n");
    CHECK_INT(sh(&ctx, "echo three; echo four >&2; false", TG_OUTPUT_NIL, &out), TG_FAIL);
    CHECK(has(ctx.err.detail, "output:\n    three\n    four"));
    CHECK_STR(tg_buf_str(&said), "[demo]\none\n");
    tg_err_done(&ctx.err);
    CHECK_INT(sh(&ctx, "echo five", TG_OUTPUT_STR, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "[demo]\none\n");
    tg_value_unref(out);
}

TEST(shown_only_of_what_fails)
{
    tg_ctx ctx = begin(TG_SHOW_ONLY_FAILED);
    tg_value out;
    CHECK_INT(sh(&ctx, "echo one; echo two >&2", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_STR(tg_buf_str(&said), "");
}

TEST(log_that_cannot_be_written)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_value out;
    tg_commands_free(commands);
    commands = tg_commands_new(TG_SHOW_FAILED, "/dev/null/logs");
    services.commands = commands;
    CHECK_INT(sh(&ctx, "echo x >&2", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK_INT(sh(&ctx, "echo x >&2", TG_OUTPUT_NIL, &out), TG_OK);
    CHECK(has(tg_buf_str(&said), "warning: could not write the log of task 'demo' in '/dev/null/logs/"));
    CHECK(strchr(tg_buf_str(&said), '\n') == strrchr(tg_buf_str(&said), '\n'));
}

TEST(log_on_a_full_disk)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct rlimit before, none;
    tg_value out;
    getrlimit(RLIMIT_FSIZE, &before);
    none = (struct rlimit){4, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    fflush(stdout);
    setrlimit(RLIMIT_FSIZE, &none);
    int first = sh(&ctx, "echo some words >&2", TG_OUTPUT_NIL, &out), second = sh(&ctx, "exit 5", TG_OUTPUT_NIL, &out);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK_INT(first, TG_OK);
    CHECK_INT(second, TG_FAIL);
    CHECK_STR(ctx.err.message, "command failed with exit status 5");
    CHECK(has(tg_buf_str(&said), "File too large\n"));
    CHECK(strchr(tg_buf_str(&said), '\n') == strrchr(tg_buf_str(&said), '\n'));
    tg_err_done(&ctx.err);
}

/* ---- files --------------------------------------------------------------------------------------- */

/* Runs a script in which %s is the path aside; the printed result or message. */
static const char *with_file(const char *script, const char *path, bool list)
{
    static struct tg_buf b;
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    tg_buf_done(&b);
    struct tg_result_file file = {.path = path, .list = list};
    struct tg_step step = {0};
    struct tg_command command = {
        .name = "demo", .steps = &step, .step_count = 1, .output = TG_OUTPUT_FILES, .files = &file, .file_count = 1};
    tg_value out = tg_nil();
    if (tg_command_aside(&ctx, &command)) {
        char *aside = tg_alloc_text(file.aside), *text = tg_alloc_format(script, aside, aside, aside);
        step.script = text;
        if (tg_command_run(&ctx, &command, &out) == TG_OK) tg_value_repr(&b, out, 0);
        CHECK(!exists(aside));
        free(text);
        free(aside);
    }
    if (ctx.err.code) tg_buf_text(&b, ctx.err.message);
    tg_value_unref(out);
    tg_err_done(&ctx.err);
    return tg_buf_str(&b);
}

TEST(file_result)
{
    CHECK_STR(with_file("echo new > %s", "deep/er/a.txt", false), "\"deep/er/a.txt\"");
    CHECK_STR(contents("deep/er/a.txt"), "new\n");
    CHECK_STR(with_file("echo half > %s; false", "deep/er/a.txt", false), "command failed with exit status 1");
    CHECK_STR(contents("deep/er/a.txt"), "new\n");
    CHECK_STR(with_file("true", "deep/er/b.txt", false), "command succeeded but did not make 'deep/er/b.txt'");
    CHECK_STR(with_file("mkdir %s; echo 1 > %s/x", "tree", false), "\"tree\"");
    CHECK_STR(with_file("mkdir %s; echo 2 > %s/y", "tree", false), "\"tree\"");
    CHECK(exists("tree/y") && !exists("tree/x"));
    CHECK_STR(with_file("echo file > %s", "tree", false), "cannot put the result 'tree' in place: Is a directory");
    CHECK_STR(with_file("true", "deep/", false), "'deep/' cannot be a result's path: it does not end in a file's name");
    CHECK_STR(with_file("true", "deep/er/a.txt/x", false), "cannot make a folder for 'deep/er/a.txt/x': Not a directory");
}

TEST(aside_names)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    char *longest = tg_alloc_format("d/%0252d.gz", 0);
    struct tg_result_file files[] = {
        {.path = "d/movie.mp4"}, {.path = longest}, {.path = "d/*.txt", .list = true}, {.path = "e/made"}};
    struct tg_command command = {.name = "demo", .files = files, .file_count = 4};
    CHECK(tg_command_aside(&ctx, &command));
    CHECK(strncmp(files[0].aside, "d/.tgrun-", 9) == 0 && strcmp(files[0].aside + 15, "/movie.mp4") == 0);
    CHECK(strcmp(files[1].aside + 16, longest + 2) == 0 && strncmp(files[0].aside, files[1].aside, 16) == 0);
    CHECK_STR(files[2].aside + 16, "made");
    CHECK(exists(files[2].aside) && strncmp(files[3].aside, "e/.tgrun-", 9) == 0);
    tg_command_drop(&ctx, &command);
    CHECK_INT(run_shell("test -z \"$(ls -A d e | grep tgrun)\""), 0);
    free(longest);
}

TEST(redirected_result)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    CHECK_INT(run_shell("echo some text > a.txt; rm -f a.txt.gz"), 0);
    char *argv[] = {"gzip", "-9", "-c", "a.txt", NULL};
    struct tg_step step = {.argv = argv};
    struct tg_result_file file = {.path = "a.txt.gz"};
    struct tg_command command = {
        .name = "compress", .steps = &step, .step_count = 1, .output = TG_OUTPUT_FILES, .files = &file, .file_count = 1};
    tg_value out;
    CHECK(tg_command_aside(&ctx, &command));
    step.output_path = file.aside;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_OK);
    CHECK_INT(tg_kind(out), TG_FILE);
    CHECK_INT(run_shell("gzip -dc a.txt.gz | cmp - a.txt"), 0);
    tg_value_unref(out);
    argv[3] = "missing.txt";
    CHECK(tg_command_aside(&ctx, &command));
    step.output_path = file.aside;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK(has(ctx.err.detail, "$ gzip -9 -c missing.txt > a.txt.gz\nstandard error:\n    gzip: missing.txt"));
    CHECK(exists("a.txt.gz"));
    CHECK_INT(run_shell("test -z \"$(ls -A | grep tgrun-)\""), 0);
    tg_err_done(&ctx.err);
}

TEST(record_of_files)
{
    tg_ctx ctx = begin(TG_SHOW_FAILED);
    struct tg_result_file files[] = {{.field = "bam", .path = "r.bam"}, {.field = "sums", .path = "r.sums"}};
    struct tg_step step = {0};
    struct tg_command command = {
        .name = "align", .steps = &step, .step_count = 1, .output = TG_OUTPUT_FILES, .files = files, .file_count = 2};
    tg_value out;
    CHECK(tg_command_aside(&ctx, &command));
    char *script = tg_alloc_format("echo 1 > %s", files[0].aside);
    step.script = script;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_FAIL);
    CHECK_STR(ctx.err.message, "command succeeded but did not make 'r.sums'");
    CHECK(has(ctx.err.detail, "$ echo 1 > r.bam"));
    CHECK(!exists("r.bam"));
    tg_err_done(&ctx.err);
    CHECK(tg_command_aside(&ctx, &command));
    char *both = tg_alloc_format("echo 1 > %s; echo 2 > %s", files[0].aside, files[1].aside);
    step.script = both;
    CHECK_INT(tg_command_run(&ctx, &command, &out), TG_OK);
    struct tg_buf b = {0};
    tg_value_repr(&b, out, 0);
    CHECK_STR(tg_buf_str(&b), "{bam: \"r.bam\", sums: \"r.sums\"}");
    CHECK(exists("r.bam") && exists("r.sums"));
    tg_buf_done(&b);
    tg_value_unref(out);
    free(script), free(both);
}

TEST(list_of_files)
{
    CHECK_INT(run_shell("mkdir -p parts; echo mine > parts/mine; echo mine > parts/part-z"), 0);
    CHECK_STR(with_file("cd %s; touch part-b part-a part-c other", "parts/part-*", true),
              "[\"parts/part-a\", \"parts/part-b\", \"parts/part-c\"]");
    CHECK(!exists("parts/other"));
    CHECK_STR(with_file("echo x > %s/part-a", "parts/part-*", true), "[\"parts/part-a\"]");
    CHECK(!exists("parts/part-b") && !exists("parts/part-c"));
    CHECK_STR(contents("parts/part-a"), "x\n");
    CHECK_STR(contents("parts/mine"), "mine\n");
    CHECK_STR(contents("parts/part-z"), "mine\n"); /* matches, but no run made it */
    CHECK_STR(with_file("touch %s/unlike", "parts/part-*", true), "command succeeded but made no file 'parts/part-*'");
    CHECK(exists("parts/part-a"));
    CHECK_STR(with_file("touch %s/part-q; false", "parts/part-*", true), "command failed with exit status 1");
    CHECK(!exists("parts/part-q"));
    CHECK_STR(with_file("true", "pa*/x", true), "'pa*/x' cannot be a result's path: only its last part may have wildcards");
    CHECK_STR(with_file("touch %s/here.one", "*.one", true), "[\"here.one\"]");
}
