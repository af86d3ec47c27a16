# SPDX-License-Identifier: MIT
# What editors need for .tg files. The tables of the program make what names words.

vimfilesdir = $(datadir)/vim/vimfiles
vimsyntaxdir = $(vimfilesdir)/syntax
vimftdetectdir = $(vimfilesdir)/ftdetect
vimftplugindir = $(vimfilesdir)/ftplugin
vscodedir = $(pkgdatadir)/editors/vscode
vimsyntax_DATA = editors/vim/syntax/tgrun.vim
dist_vimftdetect_DATA = editors/vim/ftdetect/tgrun.vim
dist_vimftplugin_DATA = editors/vim/ftplugin/tgrun.vim
vscode_DATA = editors/vscode/tgrun.tmLanguage.json
dist_vscode_DATA = editors/vscode/language-configuration.json editors/vscode/package.json
CLEANFILES += $(vimsyntax_DATA) $(vscode_DATA)

editors/vim/syntax/tgrun.vim: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --syntax=vim >$@
editors/vscode/tgrun.tmLanguage.json: tgrun
	$(AM_V_GEN)$(MKDIR_P) $(@D) && $(run_tgrun) help --syntax=textmate >$@
