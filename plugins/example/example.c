/* SPDX-License-Identifier: MIT
 * Plugin example: made to be copied. It shows, one after the other, what a plugin can do:
 *
 *     1. a plain C function as a task              hypotenuse
 *     2. a task that can fail                      factorial
 *     3. lists in, lists out                       smooth
 *     4. records and texts                         describe
 *     5. defaults, and any number of arguments     join_all
 *     6. a long task that can be stopped           estimate_pi
 *     7. an effect                                 note
 *     8. a type of its own                         point, distance
 *     9. a task that adds tasks                    fib
 *    10. a task that is evaluated at once          initial
 *    11. what a task was given                     shares
 *
 * The file needs nothing but tgrun.h. `make` builds it, `make check` runs the workflow beside it. */
#include <tgrun.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- 1. a plain C function ----------------------------------------------------------------------- */

/* A function of ints, floats, bools and texts needs no more than a line: TG_WRAP2 makes `hypotenuse_task` of it, for
 * two arguments; the first type is the result's. */
static double hypotenuse(double a, double b)
{
    return sqrt(a * a + b * b);
}
TG_WRAP2(hypotenuse, float, float, float)

/* ---- 2. a task that can fail --------------------------------------------------------------------- */

/* The general form. The signature in the table below promises what args holds, and tgrun has checked it: here, one
 * int. Either the result goes to *out and the task returns TG_OK, or it returns tg_fail(...), which takes printf's
 * format. Say what failed and why; tgrun adds the task's name and where it was called. */
static int factorial(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    int64_t n = tg_as_int(args[0]), product = 1;
    if (n < 0) return tg_fail(ctx, "there is no factorial of %lld", (long long)n);
    for (int64_t i = 2; i <= n; i++)
        if (__builtin_mul_overflow(product, i, &product))
            return tg_fail(ctx, "the factorial of %lld does not fit into 64 bits", (long long)n);
    *out = tg_int(product);
    return TG_OK;
}

/* ---- 3. lists ------------------------------------------------------------------------------------ */

/* The items of a list are borrowed: they can be read until the task returns. A new list is filled with tg_list_push,
 * which takes over what it is given; to put an item of another list into it, count it with tg_ref(item). */
static int smooth(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    size_t n;
    const tg_value *xs = tg_list_items(args[0], &n);
    *out = tg_list_new(n);
    for (size_t i = 0; i < n; i++) {
        double left = tg_as_float(xs[i > 0 ? i - 1 : i]), right = tg_as_float(xs[i + 1 < n ? i + 1 : i]);
        tg_list_push(out, tg_float((left + tg_as_float(xs[i]) + right) / 3));
    }
    return TG_OK;
}

/* ---- 4. records and texts ------------------------------------------------------------------------ */

static int describe_text(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    size_t length, lines = 0;
    const char *text = tg_as_text(args[0], &length); /* also ends with a NUL byte */
    for (size_t i = 0; i < length; i++) lines += text[i] == '\n';
    *out = tg_record_new(2);
    tg_record_set(out, "bytes", strlen("bytes"), tg_int((int64_t)length));
    tg_record_set(out, "lines", strlen("lines"), tg_int((int64_t)lines));
    return TG_OK;
}

/* ---- 5. defaults and any number of arguments ----------------------------------------------------- */

/* `join_all(sep: str = " ", parts: any...)`: args[0] is the separator, given or not, and the rest follows. A text is
 * made in its full size and then filled. */
static int join_all(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx;
    size_t sep_length, length, total = 0;
    const char *sep = tg_as_text(args[0], &sep_length);
    tg_value texts = tg_list_new(count);
    for (size_t i = 1; i < count; i++) {
        tg_value text = tg_to_text(args[i]);
        tg_as_text(text, &length);
        total += length + (i > 1 ? sep_length : 0);
        tg_list_push(&texts, text);
    }
    *out = tg_str_new(NULL, total);
    char *to = tg_text_fill(*out);
    const tg_value *items = tg_list_items(texts, &count);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) to = (char *)memcpy(to, sep, sep_length) + sep_length;
        const char *text = tg_as_text(items[i], &length);
        to = (char *)memcpy(to, text, length) + length;
    }
    tg_unref(texts); /* what the task made and does not give away, it gives back */
    return TG_OK;
}

/* ---- 6. a long task ------------------------------------------------------------------------------ */

/* A task that runs for long looks now and then whether the run is being stopped. Random numbers come from a seed that
 * is an argument: the same call must give the same result, whoever runs it and when. */
static int estimate_pi(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    int64_t samples = tg_as_int(args[0]), inside = 0;
    uint64_t state = (uint64_t)tg_as_int(args[1]) + 1;
    if (samples < 1) return tg_fail(ctx, "pi cannot be estimated from %lld samples", (long long)samples);
    for (int64_t i = 0; i < samples; i++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double x = (double)(state >> 43) / (1 << 21);
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        double y = (double)(state >> 43) / (1 << 21);
        inside += x * x + y * y < 1;
        if (i % 65536 == 0 && tg_cancelled(ctx)) return tg_fail(ctx, "interrupted");
    }
    *out = tg_float(4.0 * (double)inside / (double)samples);
    return TG_OK;
}

/* ---- 7. an effect -------------------------------------------------------------------------------- */

/* `effect` in its signature: this task runs even where nobody uses its result. */
static int write_note(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    size_t length;
    const char *text = tg_as_text(args[0], &length);
    tg_log(ctx, text, length);
    *out = tg_nil();
    return TG_OK;
}

/* ---- 8. a type of its own ------------------------------------------------------------------------ */

/* Values of this type are made and looked into by this plugin only; everybody can pass them on. The payload is freed
 * by tgrun; `destroy` is for what the payload points to, which is nothing here. */
struct point {
    double x, y;
};

static int print_point(const void *payload, char *text, size_t text_size)
{
    const struct point *p = payload;
    return snprintf(text, text_size, "point(%g, %g)", p->x, p->y);
}

static const struct tg_object_type point_type = {
    .size = sizeof point_type,
    .encoding_version = 1,
    .name = "point",
    .describe = print_point,
    .flags = TG_TYPE_FLAT, /* no pointers: any process may have a copy */
};

static int point(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    *out = tg_object_new(&point_type, sizeof(struct point));
    struct point *p = tg_as_object(*out);
    *p = (struct point){tg_as_float(args[0]), tg_as_float(args[1])};
    return TG_OK;
}

static int point_distance(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    const struct point *p = tg_as_object(args[0]);
    *out = tg_float(hypotenuse(p->x, p->y));
    return TG_OK;
}

/* A type whose payload leads to memory of its own. `encode` makes bytes of it and `decode` the object again, perhaps in another
 * process, and of bytes that may be damaged. Equal objects give equal bytes: that is what `==` compares. */
struct trail {
    struct point *points; /* owned */
    size_t count;
};

static const struct tg_object_type trail_type;

static int make_trail(tg_ctx *ctx, size_t count, tg_value *out)
{
    struct point *points = calloc(count + 1, sizeof *points);
    if (!points) return tg_fail(ctx, "no memory for a trail of %zu points", count);
    *out = tg_object_new(&trail_type, sizeof(struct trail));
    *(struct trail *)tg_as_object(*out) = (struct trail){points, count};
    return TG_OK;
}

static void destroy_trail(void *payload)
{
    free(((struct trail *)payload)->points);
}

static int encode_trail(tg_ctx *ctx, const void *payload, size_t payload_bytes, tg_value *content)
{
    (void)ctx, (void)payload_bytes;
    const struct trail *t = payload;
    *content = tg_bytes_new(t->points, t->count * sizeof *t->points);
    return TG_OK;
}

static int decode_trail(tg_ctx *ctx, uint32_t version, const void *content, size_t length, tg_value *object)
{
    if (version != 1) return tg_fail(ctx, "a trail of version %u is none of this plugin", (unsigned)version);
    if (length % sizeof(struct point)) return tg_fail(ctx, "%zu bytes are no trail", length);
    if (make_trail(ctx, length / sizeof(struct point), object) != TG_OK) return TG_FAIL;
    if (length) memcpy(((struct trail *)tg_as_object(*object))->points, content, length);
    return TG_OK;
}

static const struct tg_object_type trail_type = {
    .size = sizeof trail_type,
    .encoding_version = 1,
    .name = "trail",
    .destroy = destroy_trail,
    .encode = encode_trail,
    .decode = decode_trail,
};

static int trail(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    if (make_trail(ctx, count, out) != TG_OK) return TG_FAIL;
    struct trail *t = tg_as_object(*out);
    for (size_t i = 0; i < count; i++) t->points[i] = *(const struct point *)tg_as_object(args[i]);
    return TG_OK;
}

static int trail_length(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)ctx, (void)count;
    const struct trail *t = tg_as_object(args[0]);
    double sum = 0;
    for (size_t i = 1; i < t->count; i++)
        sum += hypotenuse(t->points[i].x - t->points[i - 1].x, t->points[i].y - t->points[i - 1].y);
    *out = tg_float(sum);
    return TG_OK;
}

/* ---- 9. a task that adds tasks ------------------------------------------------------------------- */

/* `grows` in its signature: the task may call tasks, of its own plugin by their names, of another one as "plugin.task";
 * the operators are tasks of "core". A call does not run anything: it adds the task to the graph, and gives a future, which stands for the
 * result. It may go into further calls, into lists and records, and be the result of this task. Where a call
 * fails, the message is set already. */
static int fib(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    int64_t n = tg_as_int(args[0]);
    if (n < 0) return tg_fail(ctx, "there is no Fibonacci number %lld", (long long)n);
    if (n < 2) {
        *out = tg_int(n);
        return TG_OK;
    }
    tg_value one_less = tg_int(n - 1), two_less = tg_int(n - 2), parts[2];
    const tg_callable *self = tg_find(ctx, "fib"), *plus = tg_find(ctx, "core.+");
    if (tg_call(ctx, self, &one_less, 1, &parts[0]) != TG_OK) return TG_FAIL;
    if (tg_call(ctx, self, &two_less, 1, &parts[1]) != TG_OK) return TG_FAIL;
    return tg_call(ctx, plus, parts, 2, out);
}

/* ---- 10. a task that is evaluated at once -------------------------------------------------------- */

/* `now` in its signature: the task is pure and takes next to no time. Where its argument is known, it runs as soon as the
 * workflow is read, so that a loop or an `if` may depend on what it gives, and a failure shows before anything else runs.
 * Where the argument is the result of a task, it is a task as all others are. */
static int initial(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    const char *name = tg_as_text(args[0], NULL);
    if (*name < 'A' || *name > 'Z') return tg_fail(ctx, "a name begins with a capital, unlike '%s'", name);
    *out = tg_str_new(name, 1);
    return TG_OK;
}

/* ---- 11. what a task was given ------------------------------------------------------------------- */

/* A task with threads of its own uses as many as it has cores, `with cores = 4`, so that others keep theirs. tg_attempt,
 * tg_memory_bytes and tg_resource_units tell the rest of what was given to it. */
static int shares(tg_ctx *ctx, const tg_value *args, size_t count, tg_value *out)
{
    (void)count;
    int64_t n = tg_as_int(args[0]), parts = tg_cores(ctx);
    *out = tg_list_new((size_t)parts);
    for (int64_t i = 0; i < parts; i++) tg_list_push(out, tg_int(n / parts + (i < n % parts)));
    return TG_OK;
}

/* ---- the table ----------------------------------------------------------------------------------- */

static const struct tg_task tasks[] = {
    {"hypotenuse(a: float, b: float) -> float", hypotenuse_task, "The long side of a right triangle."},
    {"factorial(n: int) -> int", factorial, "1 * 2 * ... * n."},
    {"smooth(xs: list[num]) -> list[float]", smooth, "Each number averaged with its neighbours."},
    {"describe(text: str) -> record", describe_text, "How many bytes and lines a text has."},
    {"join_all(sep: str = \" \", parts: any...) -> str", join_all, "The texts of all parts, with sep between them."},
    {"estimate_pi(samples: int, seed: int = 0) -> float", estimate_pi, "Pi, from random points in a square."},
    {"note(text: str) -> nil effect", write_note, "Writes a line to standard error."},
    {"point(x: float, y: float) -> point", point, "A point of the plane."},
    {"distance(p: point) -> float", point_distance, "How far a point is from (0, 0)."},
    {"trail(points: point...) -> trail", trail, "A way along points."},
    {"trail_length(t: trail) -> float", trail_length, "How long it is."},
    {"initial(name: str) -> str now", initial, "The first letter of a name."},
    {"shares(n: int) -> list[int]", shares, "n things, shared among the threads that the task may use."},
    {"fib(n: int) -> int grows", fib, "The n-th Fibonacci number: fib(n - 1) + fib(n - 2)."},
};

static const struct tg_object_type *const types[] = {&point_type, &trail_type};

TG_PLUGIN(.name = "example", .version = "1.0", .doc = "A plugin made to be copied.", .tasks = tasks,
          .task_count = TG_COUNT(tasks), .types = types, .type_count = TG_COUNT(types));
