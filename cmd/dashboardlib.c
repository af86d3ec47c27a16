/* SPDX-License-Identifier: MIT
 * Finding the functions of libmicrohttpd. */
#include "cmd/dashboardlib.h"

#include <dlfcn.h>

/* The interface that this was built with, which has not changed since 2016. */
#define LIBRARY "libmicrohttpd.so.12"

bool tg_dashboardlib_load(struct tg_dashboardlib *lib, struct tg_err *err)
{
    bool whole = true;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library) {
#define FIND(name) whole = (*(void **)&lib->name = dlsym(library, #name)) && whole;
        TG_DASHBOARDLIB_FUNCTIONS(FIND)
#undef FIND
    }
    if (library && whole) return true;
    tg_err_set(err, TG_EXIT_CANNOT, "the dashboard needs libmicrohttpd: %s", library ? "this one lacks functions" : dlerror());
    tg_err_hint(err, "Install it: apt-get install libmicrohttpd12.");
    return false;
}
