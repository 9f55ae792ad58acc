/*
 * symbol.c: demangling by libiberty, shortening by hand.
 */
#include "base/symbol.h"

#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* A name longer than this is kept as it is: the demangler's work grows with nesting, not with us.
 */
enum { MAX_NAME_B = 16384 };

char *symbol_demangle(struct arena *a, const char *name)
{
    if (strncmp(name, "_Z", 2) != 0 || strlen(name) > MAX_NAME_B)
        return arena_strdup(a, name);
    char *text = cplus_demangle_v3(name, DMGL_PARAMS);
    char *copy = arena_strdup(a, text != NULL ? text : name);
    free(text);
    return copy;
}

/* Bytes before the parameter list: the first '(' outside template arguments that opens no
 * "(anonymous namespace)". */
static size_t params_at(const char *s, size_t n)
{
    int depth = 0;
    for (size_t i = 0; i < n; i++) {
        depth += (s[i] == '<') - (s[i] == '>');
        if (s[i] == '(' && depth == 0 && i > 0 && strncmp(s + i, "(anonymous", 10) != 0)
            return i;
    }
    return n;
}

static void cut_templates(str s, char *out)
{
    int depth = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '<')
            depth++;
        else if (s.p[i] == '>' && depth > 0)
            depth--;
        else if (depth == 0)
            *out++ = s.p[i];
    }
    *out = '\0';
}

char *symbol_short(struct arena *a, const char *name)
{
    char *full = symbol_demangle(a, name);
    str head = {full, params_at(full, strlen(full))};
    char *bare = ARENA_ARRAY(a, char, head.n + 1);
    cut_templates(head, bare);
    str rest = str_trim(str_from(bare));
    for (size_t i = rest.n; i-- > 0;)
        if (rest.p[i] == ' ' || rest.p[i] == ':')
            return arena_strndup(a, rest.p + i + 1, rest.n - i - 1);
    return rest.n > 0 ? arena_strndup(a, rest.p, rest.n) : arena_strdup(a, name);
}
