/* SPDX-License-Identifier: MIT
 * What one request to a dashboard gets: first whether it may ask at all, then the page, a document or what it asks of the run. */
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dashboardweb.h"
#include "cmd/pagetext.h"
#include "cmd/signals.h"
#include "engine/base/clock.h"
#include "engine/watch/storyjson.h"

#define MS UINT64_C(1000000)

#define FRESH_NS (200 * MS)     /* so long a document is shared */
#define TAKING_NS (60000 * MS)  /* time to take an answer */
#define BYTES_MOST (64UL << 20) /* of all answers that are under way, unless it is one */

#define TOO_LARGE 413 /* which older headers call otherwise */

#define FRAMES "frame-ancestors 'none'"
#define NOTHING_ELSE "default-src 'none'; " FRAMES

/* A request, from its head to its answer. */
struct page_visit {
    unsigned refusal; /* status of HTTP; 0: it may be answered */
    struct tg_buf body;
    enum tg_dashboardcontrol_asked asked; /* to be done when it has the answer */
    bool status;                          /* it is about where the run stands */
};

/* ---- answers ------------------------------------------------------------------------------------- */

static struct MHD_Response *make_response(const struct tg_dashboardlib *lib, const char *type, const char *policy, char *text,
                                          size_t length, enum MHD_ResponseMemoryMode mode)
{
    const char *const headers[][2] = {
        {"Content-Type", type},
        {"Content-Security-Policy", policy},
        {"X-Frame-Options", "DENY"},
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cache-Control", "no-store"},
        {"Connection", "close"},
    };
    struct MHD_Response *response = lib->MHD_create_response_from_buffer(length, text, mode);
    for (size_t i = 0; response && i < sizeof headers / sizeof *headers; i++)
        lib->MHD_add_response_header(response, headers[i][0], headers[i][1]);
    return response;
}

/* What the page says itself that it may load, which the program cannot know: it has the digest of its script. */
static char *policy_of_page(void)
{
    static const char before[] = "http-equiv=\"Content-Security-Policy\" content=\"";
    const char *at = strstr(tg_page_html, before), *end = at ? strchr(at + sizeof before - 1, '"') : NULL;
    if (!end) return tg_alloc_text(FRAMES);
    at += sizeof before - 1;
    return tg_alloc_format("%.*s; " FRAMES, (int)(end - at), at);
}

struct MHD_Response *tg_dashboardweb_make_page(const struct tg_dashboardweb *web)
{
    char *policy = policy_of_page();
    struct MHD_Response *page = make_response(&web->lib, "text/html; charset=utf-8", policy, (char *)tg_page_html,
                                              tg_page_length, MHD_RESPMEM_PERSISTENT);
    free(policy);
    return page;
}

/* The response stays the caller's. */
static enum MHD_Result give_response(struct tg_dashboardweb *web, struct MHD_Connection *c, unsigned status,
                                     struct MHD_Response *response, size_t bytes)
{
    struct tg_dashboardweb_place *place = tg_dashboardweb_find_place(web, c);
    if (place) {
        place->answered = true;
        place->bytes += bytes;
        web->bytes += bytes;
        if (status < 400) place->until_ns = tg_clock_ns() + TAKING_NS;
    }
    return response ? web->lib.MHD_queue_response(c, status, response) : MHD_NO;
}

static enum MHD_Result refuse_visit(struct tg_dashboardweb *web, struct MHD_Connection *c, unsigned status)
{
    char *text = status == MHD_HTTP_FORBIDDEN            ? "forbidden\n"
                 : status == MHD_HTTP_NOT_FOUND          ? "not found\n"
                 : status == MHD_HTTP_METHOD_NOT_ALLOWED ? "method not allowed\n"
                                                         : "refused\n";
    struct MHD_Response *response = make_response(&web->lib, "text/plain; charset=utf-8", NOTHING_ELSE, text, strlen(text),
                                                  MHD_RESPMEM_PERSISTENT);
    enum MHD_Result given = give_response(web, c, status, response, 0);
    if (response) web->lib.MHD_destroy_response(response);
    return given;
}

/* Takes the text. */
static struct MHD_Response *make_json(const struct tg_dashboardweb *web, struct tg_buf *take_text)
{
    char *text = take_text->data;
    struct MHD_Response *response = make_response(&web->lib, "application/json", NOTHING_ELSE, text, take_text->length,
                                                  MHD_RESPMEM_MUST_FREE);
    if (!response) free(text);
    *take_text = (struct tg_buf){0};
    return response;
}

/* ---- who asks ------------------------------------------------------------------------------------ */

static const char *header_of(const struct tg_dashboardweb *web, struct MHD_Connection *c, const char *name)
{
    return web->lib.MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

/* NULL: without the token; else what stands behind it. */
static const char *behind_token(const struct tg_dashboardweb *web, const char *url)
{
    size_t end = 1 + TG_DASHBOARDWEB_TOKEN;
    if (strlen(url) < end || (url[end] && url[end] != '/')) return NULL;
    return sodium_memcmp(url + 1, web->token, TG_DASHBOARDWEB_TOKEN) == 0 ? url + end : NULL;
}

/* A page may ask its own server only. Programs that are no browser do not say where they come from. */
static bool is_own_page(const char *origin, const char *host)
{
    return !origin || (strncasecmp(origin, "http://", 7) == 0 && strcasecmp(origin + 7, host) == 0);
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    return type && strncasecmp(type, json, sizeof json - 1) == 0 && strchr("; \t", type[sizeof json - 1]);
}

static unsigned judge_control(const struct tg_dashboardweb *web, struct MHD_Connection *c, const char *method)
{
    const char *length = header_of(web, c, MHD_HTTP_HEADER_CONTENT_LENGTH);
    if (strcmp(method, MHD_HTTP_METHOD_POST) != 0) return MHD_HTTP_METHOD_NOT_ALLOWED;
    if (!web->controls) return MHD_HTTP_FORBIDDEN;
    if (!is_json(header_of(web, c, MHD_HTTP_HEADER_CONTENT_TYPE))) return MHD_HTTP_UNSUPPORTED_MEDIA_TYPE;
    return length && strtoull(length, NULL, 10) > TG_DASHBOARDCONTROL_BYTES ? TOO_LARGE : 0;
}

/* The status of HTTP with which it is refused; 0: it is not. */
static unsigned judge_visit(struct tg_dashboardweb *web, struct MHD_Connection *c, const char *url, const char *method)
{
    struct tg_dashboardweb_place *place = tg_dashboardweb_find_place(web, c);
    const char *host = header_of(web, c, MHD_HTTP_HEADER_HOST), *what = behind_token(web, url);
    if (!place || !tg_dashboardaddress_is_host(&web->address, place->fd, host)) return MHD_HTTP_FORBIDDEN;
    if (!what || !is_own_page(header_of(web, c, MHD_HTTP_HEADER_ORIGIN), host)) return MHD_HTTP_FORBIDDEN;
    if (strcmp(what, "/api/control") == 0) return judge_control(web, c, method);
    bool gets = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    return gets ? 0 : MHD_HTTP_METHOD_NOT_ALLOWED;
}

/* ---- documents ----------------------------------------------------------------------------------- */

static const struct page_document {
    const char *name;
    void (*write)(struct tg_story *story, const struct tg_storyjson_query *query, struct tg_buf *out);
} documents[] = {
    {"status", tg_storyjson_status}, {"timeline", tg_storyjson_timeline}, {"series", tg_storyjson_series},
    {"graph", tg_storyjson_graph},   {"tasks", tg_storyjson_tasks},       {"path", tg_storyjson_path},
};

static const char *query_text(const struct tg_dashboardweb *web, struct MHD_Connection *c, const char *name)
{
    return web->lib.MHD_lookup_connection_value(c, MHD_GET_ARGUMENT_KIND, name);
}

/* What is no number is left out. */
static uint64_t query_number(const struct tg_dashboardweb *web, struct MHD_Connection *c, const char *name, uint64_t most)
{
    const char *text = query_text(web, c, name);
    if (!text || !*text || strspn(text, "0123456789") != strlen(text)) return 0;
    uint64_t number = strtoull(text, NULL, 10);
    return number < most ? number : most;
}

static void read_query(const struct tg_dashboardweb *web, struct MHD_Connection *c, struct tg_storyjson_query *q)
{
    const char *name = query_text(web, c, "name");
    *q = (struct tg_storyjson_query){
        .rev = query_number(web, c, "rev", UINT64_MAX),
        .from = query_number(web, c, "from", UINT64_MAX),
        .to = query_number(web, c, "to", UINT64_MAX),
        .max = (uint32_t)query_number(web, c, "max", UINT32_MAX),
        .level = query_text(web, c, "level"),
        .q = query_text(web, c, "q"),
        .state = query_text(web, c, "state"),
        .sort = query_text(web, c, "sort"),
        .name = name && *name ? (uint32_t)query_number(web, c, "name", UINT32_MAX - 1) + 1 : 0,
        .offset = query_number(web, c, "offset", UINT64_MAX),
        .limit = (uint32_t)query_number(web, c, "limit", UINT32_MAX),
        .id = query_number(web, c, "id", UINT64_MAX),
        .part = query_number(web, c, "part", UINT64_MAX),
    };
}

static void add_key_text(struct tg_buf *b, const char *text)
{
    tg_buf_format(b, " %zu:%s", text ? strlen(text) : 0, text ? text : "");
}

/* All that the document depends on; heap. */
static char *document_key(const char *name, const struct tg_storyjson_query *q)
{
    struct tg_buf b = {0};
    const uint64_t numbers[] = {q->rev, q->from, q->to, q->max, (uint64_t)q->name, q->offset, q->limit, q->id, q->part};
    tg_buf_text(&b, name);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) tg_buf_format(&b, " %llu", (unsigned long long)numbers[i]);
    add_key_text(&b, q->level);
    add_key_text(&b, q->q);
    add_key_text(&b, q->state);
    add_key_text(&b, q->sort);
    (void)tg_buf_str(&b); /* with its end */
    return b.data;
}

static void forget_document(const struct tg_dashboardweb *web, struct tg_dashboardweb_kept *k)
{
    free(k->key);
    if (k->response) web->lib.MHD_destroy_response(k->response);
    *k = (struct tg_dashboardweb_kept){0};
}

void tg_dashboardweb_forget(struct tg_dashboardweb *web, uint64_t now_ns, bool all)
{
    for (size_t i = 0; i < TG_DASHBOARDWEB_KEPT; i++)
        if (web->kept[i].key && (all || now_ns - web->kept[i].made_ns >= FRESH_NS)) forget_document(web, &web->kept[i]);
}

/* False: there is no such document, or nothing that it could be about. */
static bool write_document(struct tg_dashboardweb *web, const char *name, const struct tg_storyjson_query *q,
                           struct tg_buf *out)
{
    if (strcmp(name, "task") == 0) return tg_storyjson_task(web->story, q, out);
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        if (strcmp(name, documents[i].name) != 0) continue;
        documents[i].write(web->story, q, out);
        return true;
    }
    return false;
}

/* One that was made of late, or else is made now in the place of the oldest; NULL: there is none. */
static struct tg_dashboardweb_kept *find_document(struct tg_dashboardweb *web, const char *name,
                                                  const struct tg_storyjson_query *q)
{
    char *key = document_key(name, q);
    struct tg_dashboardweb_kept *place = &web->kept[0];
    struct tg_buf text = {0};
    tg_dashboardweb_forget(web, tg_clock_ns(), false);
    for (struct tg_dashboardweb_kept *k = web->kept; k < web->kept + TG_DASHBOARDWEB_KEPT; k++) {
        if (k->key && strcmp(k->key, key) == 0) return free(key), k;
        if (k->made_ns < place->made_ns) place = k;
    }
    if (!write_document(web, name, q, &text)) {
        tg_buf_done(&text);
        return free(key), NULL;
    }
    forget_document(web, place);
    *place = (struct tg_dashboardweb_kept){.key = key, .bytes = text.length, .made_ns = tg_clock_ns()};
    place->response = make_json(web, &text);
    return place;
}

static enum MHD_Result give_document(struct tg_dashboardweb *web, struct MHD_Connection *c, const char *name)
{
    struct tg_storyjson_query query;
    read_query(web, c, &query);
    const struct tg_dashboardweb_kept *k = find_document(web, name, &query);
    if (!k) return refuse_visit(web, c, MHD_HTTP_NOT_FOUND);
    if (web->bytes && web->bytes + k->bytes > BYTES_MOST) return refuse_visit(web, c, MHD_HTTP_SERVICE_UNAVAILABLE);
    return give_response(web, c, MHD_HTTP_OK, k->response, k->bytes);
}

/* ---- what is asked for --------------------------------------------------------------------------- */

/* The link without its last character: what the page asks for would be looked for beside it. */
static enum MHD_Result send_on(struct tg_dashboardweb *web, struct MHD_Connection *c)
{
    char *link = tg_alloc_format("/%s/", web->token);
    struct MHD_Response *response = make_response(&web->lib, "text/plain; charset=utf-8", NOTHING_ELSE, "", 0,
                                                  MHD_RESPMEM_PERSISTENT);
    if (response) web->lib.MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, link);
    enum MHD_Result given = give_response(web, c, MHD_HTTP_FOUND, response, 0);
    if (response) web->lib.MHD_destroy_response(response);
    free(link);
    return given;
}

static enum MHD_Result do_asked(struct tg_dashboardweb *web, struct MHD_Connection *c, struct page_visit *visit)
{
    struct tg_buf text = {0};
    unsigned status;
    visit->asked = tg_dashboardcontrol_do(web->run, tg_buf_str(&visit->body), visit->body.length, &status, &text);
    struct MHD_Response *response = make_json(web, &text);
    enum MHD_Result given = give_response(web, c, status, response, 0);
    if (response) web->lib.MHD_destroy_response(response);
    return given;
}

static enum MHD_Result answer_visit(struct tg_dashboardweb *web, struct MHD_Connection *c, const char *url,
                                    struct page_visit *visit)
{
    static const char api[] = "/api/";
    const char *what = url + 1 + TG_DASHBOARDWEB_TOKEN;
    if (visit->refusal) return refuse_visit(web, c, visit->refusal);
    if (!*what) return send_on(web, c);
    if (strcmp(what, "/") == 0) return give_response(web, c, MHD_HTTP_OK, web->page, 0);
    if (strncmp(what, api, sizeof api - 1) != 0) return refuse_visit(web, c, MHD_HTTP_NOT_FOUND);
    what += sizeof api - 1;
    if (strcmp(what, "control") == 0) return do_asked(web, c, visit);
    visit->status = strcmp(what, "status") == 0;
    return give_document(web, c, what);
}

/* Called with the head, with each part of the body, and at the end: what is refused is read, too, or its answer might be lost. */
enum MHD_Result tg_dashboardweb_answer(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                       const char *version, const char *upload, size_t *upload_size, void **visit_at)
{
    struct tg_dashboardweb *web = data;
    struct page_visit *visit = *visit_at;
    (void)version;
    if (!visit) {
        *visit_at = visit = tg_alloc_zero(sizeof *visit);
        visit->refusal = judge_visit(web, connection, url, method);
        if (!visit->refusal) web->asked_ns = tg_clock_ns();
        return visit->refusal == TOO_LARGE ? refuse_visit(web, connection, visit->refusal) : MHD_YES;
    }
    if (!*upload_size) return answer_visit(web, connection, url, visit);
    if (visit->body.length + *upload_size > TG_DASHBOARDCONTROL_BYTES) return MHD_NO; /* the connection ends */
    tg_buf_add(&visit->body, upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
}

static void note_status(struct tg_dashboardweb *web, uint64_t now_ns)
{
    if (web->status_ns) web->status_gap_ns = now_ns - web->status_ns;
    web->status_ns = now_ns;
}

void tg_dashboardweb_answered(void *data, struct MHD_Connection *connection, void **visit_at,
                              enum MHD_RequestTerminationCode code)
{
    struct tg_dashboardweb *web = data;
    struct page_visit *visit = *visit_at;
    (void)connection;
    if (!visit) return;
    if (!visit->refusal) web->asked_ns = tg_clock_ns();
    if (visit->status && code == MHD_REQUEST_TERMINATED_COMPLETED_OK) note_status(web, tg_clock_ns());
    if (visit->asked == TG_DASHBOARDCONTROL_STOP && web->run) web->stopped = true, tg_signals_ask();
    tg_buf_done(&visit->body);
    free(visit);
    *visit_at = NULL;
}
