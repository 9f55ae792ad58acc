/*
 * symbol.h: kernel names for people. The only door to libiberty's demangler.
 *
 *     _ZN3fla7softmaxILi4EEEvPf  ->  fla::softmax<4>(float*)  ->  softmax
 */
#ifndef WARPSCOPE_BASE_SYMBOL_H
#define WARPSCOPE_BASE_SYMBOL_H

#include "base/arena.h"

/* The C++ declaration behind a mangled name; a copy of `name` when it is not one. In `a`. */
char *symbol_demangle(struct arena *a, const char *name);

/*
 * The bare function name, without namespaces, template arguments, parameters and return type; takes
 * mangled names and declarations. In `a`.
 */
char *symbol_short(struct arena *a, const char *name);

#endif
