/* SPDX-License-Identifier: MIT
 * A program that does nothing: what starting a process costs, and the command that is run thousands of times.
 *
 *     nothing            does nothing
 *     nothing -o FILE    makes an empty file */
#include <fcntl.h>

int main(int argc, char **argv)
{
    return argc > 2 && open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0666) < 0;
}
