/*
 * main.c: the command line with the explorer behind its hook.
 */
#include "cli/cli.h"

int main(int argc, char **argv)
{
    static const struct cli_hooks hooks = {NULL, NULL};
    return cli_main(argc, argv, &hooks);
}
