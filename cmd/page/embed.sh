#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints a C file with a page: embed.sh PAGE.html >pagetext.c
set -eu

echo '/* SPDX-License-Identifier: MIT'
echo ' * Made from the page by cmd/page/embed.sh. */'
echo '#include "cmd/pagetext.h"'
echo
echo 'const char tg_page_html[] ='
sed -e 's/\\/\\\\/g' -e 's/?/\\?/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/    "/' -e 's/$/\\n"/' "$1"
echo '    "";'
echo 'const size_t tg_page_length = sizeof tg_page_html - 1;'
