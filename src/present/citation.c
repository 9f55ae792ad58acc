/*
 * citation.c: numbers for sources.
 */
#include "present/citation.h"

#include <string.h>

const char *citation_mark(struct arena *a, size_t i)
{
    return arena_printf(a, "[%zu]", i + 1);
}

const char *citation_of(struct citations *c, struct arena *a, const char *source)
{
    size_t i = 0;
    if (source[0] == '\0')
        return "";
    while (i < c->n && strcmp(c->at[i], source) != 0)
        i++;
    if (i == c->n)
        c->at[c->n++] = source;
    return citation_mark(a, i);
}
