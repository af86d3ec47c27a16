#!/bin/sh
# SPDX-License-Identifier: MIT
# Prints a C file with the templates of a folder: embed.sh FOLDER >templates.c
set -eu
cd "$1"

echo '/* SPDX-License-Identifier: MIT'
echo ' * Made from cmd/templates/ by embed.sh. */'
echo '#include "cmd/cmd.h"'
echo
echo 'const struct tg_template tg_templates[] = {'
for file in *.in */*.in; do
    printf '    {"%s",\n' "${file%.in}"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/	/\\t/g' -e 's/^/     "/' -e 's/$/\\n"/' "$file"
    echo '    },'
done
echo '    {NULL, NULL},'
echo '};'
