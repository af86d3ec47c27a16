/* SPDX-License-Identifier: MIT
 * What is written otherwise in other languages and tools, and how it is written here. What a value has no field for is in
 * plugins/core/core_hint.c. */
#include "lang/text/foreign.h"

#include <string.h>

static const char has_no_type[] = "a name is bound by 'name = value'; it has no type of its own";

static const struct tg_foreign foreign_words[] = {
    {"elif", "write 'else if'"},
    {"elseif", "write 'else if'"},
    {"elsif", "write 'else if'"},
    {"def", "a function is written 'fn name(x) { .. }'"},
    {"function", "a function is written 'fn name(x) { .. }'"},
    {"func", "a function is written 'fn name(x) { .. }'"},
    {"fun", "a function is written 'fn name(x) { .. }'"},
    {"lambda", "an anonymous function is written 'fn(x) = ..'"},
    {"let", "a name is bound by 'name = value'"},
    {"var", "a name is bound by 'name = value'"},
    {"const", "a name is bound by 'name = value'"},
    {"val", "a name is bound by 'name = value'"},
    {"local", "a name is bound by 'name = value'"},
    {"set", "a name is bound by 'name = value'"},
    {"int", has_no_type},
    {"float", has_no_type},
    {"str", has_no_type},
    {"string", has_no_type},
    {"bool", has_no_type},
    {"foreach", "write 'for x in xs { .. }'"},
    {"until", "write 'while not (..) { .. }'"},
    {"do", "a block stands in braces: { .. }"},
    {"then", "a block stands in braces: { .. }"},
    {"switch", "write 'if .. { .. } else if .. { .. }'"},
    {"match", "write 'if .. { .. } else if .. { .. }'"},
    {"from", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"include", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"require", "write 'import \"file.tg\" as name', or 'use plugin'"},
    {"export", "what a run is for is written 'output name = ..'"},
    {"print", "write 'print(..)'"},
    {"echo", "write 'print(..)'"},
    {"finally", "it begins a line at the top level of a file: 'finally { .. }'"},
    {"defer", "what is done in any case stands in 'finally { .. }'"},
    {"class", "a record is written {name: value}"},
    {"struct", "a record is written {name: value}"},
    {"async", "a task's call gives a future at once; nothing has to wait"},
    {"await", "a future stands wherever its value could; nothing has to wait"},
    {"raise", "write 'assert condition, \"message\"'"},
    {"throw", "write 'assert condition, \"message\"'"},
    {"sequential", "statements one after the other stand in 'in_order { .. }'"},
    {"serial", "statements one after the other stand in 'in_order { .. }'"},
    {"ordered", "statements one after the other stand in 'in_order { .. }'"},
    {"parallel", "tasks that do not wait for each other run side by side; 'in_order { .. }' is the exception"},
    {"rule", "how a file is made is said by 'task name(..) -> file(\"path\") { .. }'"},
    {"is", "to compare, write '=='"},
};

const struct tg_foreign *tg_foreign_word(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof foreign_words / sizeof *foreign_words; i++) {
        const struct tg_foreign *f = &foreign_words[i];
        if (strlen(f->word) == length && memcmp(f->word, text, length) == 0) return f;
    }
    return NULL;
}

bool tg_foreign_is_type(const struct tg_foreign *f)
{
    return f->hint == has_no_type;
}

/* ---- functions ----------------------------------------------------------------------------------- */

struct habitual {
    const char *names; /* between blanks */
    const char *hint;
};

static const struct habitual calls[] = {
    {" list ", "a range is a list; of what else there is write [x for x in xs]"},
    {" dict Dict ", "a record is written {name: value}"},
    {" open read_text read_file readlines slurp cat ", "the text of a file is read(path), with 'use text'"},
    {" write_text write_file ", "a file is written by write(path, text), with 'use text'"},
    {" write_json save_json ", "a file is written by write(path, to_json(x)), with 'use text'"},
    {" write_lines write_jsonl write_csv write_table to_csv ",
     "lines are written by write(path, join(lines, \"\\n\")), with 'use text'"},
    {" read_yaml load_yaml ", "values of a YAML file can be parameters: --params=FILE"},
    {" basename filename ", "write x.name, of a file or a text"},
    {" dirname ", "write x.dir, of a file or a text"},
    {" splitext notdir patsubst ", "a path has the fields x.dir, x.stem and x.ext"},
    {" isfile isdir is_file is_dir file_exists ", "write exists(path)"},
    {" wildcard glob_wildcards listdir ls ", "write glob(\"dir/*.txt\"); the files have the fields x.dir, x.stem and x.ext"},
    {" expand ", "write [f(a, b) for a in xs for b in ys]"},
    {" append push ", "lists do not change: write xs += [x]"},
    {" now time date today timestamp strftime datetime ",
     "the time is what a command says: task today() -> str { run [\"date\", \"+%F\"] }"},
    {" shell system exec popen subprocess ", "a command is a task: task name() -> str { sh \"..\" }"},
    {" error die abort exit panic ", "write assert condition, \"message\", or fail(message)"},
    {" getenv environ ", "write env(\"NAME\")"},
    {" println printf puts ", "write print(..)"},
    {" delayed submit ", "every call of a task is lazy and gives a future: write f(x)"},
    {" compute persist get_result ", "nothing is computed by a call; what a run is for is written 'output name = x'"},
    {" gather wait ", "a list of futures is an argument like any other, and sum(xs) waits for all of them"},
    {" visualize ", "a picture is drawn on the command line: tgrun graph FILE -o x.svg"},
    {" Client LocalCluster fire_and_forget ", "there is no client: a call of a task, f(x), is part of the run"},
};

static const struct habitual modules[] = {
    {" json ", "write to_json(x), from_json(text), or read_json(path)"},
    {" os ", "write env(\"NAME\"), exists(path) or glob(pattern)"},
    {" re ", "write match(text, pattern), find_all or substitute, with 'use text'"},
    {" config ", "what is set from outside is a parameter: param name: str"},
    {" client Client executor pool ",
     "there is no client: a call of a task, f(x), gives a future, and [f(x) for x in xs] many"},
    {" dask delayed distributed ", "every call of a task is lazy, f(x), and what a run is for is written 'output name = ..'"},
};

/* ---- schedulers ---------------------------------------------------------------------------------- */

static const struct habitual schedulers[] = {
    {" multiprocessing process multiprocess fork ", "processes"},
    {" threaded threading thread multithreading ", "threads"},
    {" sync synchronous serial sequential single debug ", "single-threaded"},
};

static const char *find_habit(const struct habitual *rows, size_t count, const char *name)
{
    char wanted[32];
    size_t length = strlen(name);
    if (length + 3 > sizeof wanted || strchr(name, ' ')) return NULL;
    wanted[0] = ' ';
    memcpy(wanted + 1, name, length);
    memcpy(wanted + 1 + length, " ", 2);
    for (size_t i = 0; i < count; i++)
        if (strstr(rows[i].names, wanted)) return rows[i].hint;
    return NULL;
}

const char *tg_foreign_call(const char *name)
{
    return find_habit(calls, sizeof calls / sizeof *calls, name);
}

const char *tg_foreign_module(const char *name)
{
    return find_habit(modules, sizeof modules / sizeof *modules, name);
}

const char *tg_foreign_scheduler(const char *name)
{
    return find_habit(schedulers, sizeof schedulers / sizeof *schedulers, name);
}
