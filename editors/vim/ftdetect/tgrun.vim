" SPDX-License-Identifier: MIT
autocmd BufRead,BufNewFile *.tg setfiletype tgrun
