# SPDX-License-Identifier: MIT
# What plugins see.

include_HEADERS = include/tgrun.h
