/*
 * equation.h: the equations of metric.def and stall.def, as text, as value, and word by word.
 *
 * An equation that consists of names of quantities, numbers, + - * / ( ) and the functions below is
 * computed; any other is a description for people. So what is explained is what is computed: tests
 * compare each computed equation with the number that a model published.
 */
#ifndef WARPSCOPE_RESULT_EQUATION_H
#define WARPSCOPE_RESULT_EQUATION_H

#include "result/quantity.h"

struct equation {
    const char *of;   /* name of the metric or stall; "stall" = every stall */
    const char *when; /* which model computes it so, "" = all */
    const char *text; /* "l1_hit_rate = l1_hits / l1_accesses"; further lines explain its words */
    const char *source;
};

size_t equation_count(void);
const struct equation *equation_at(size_t i);

/* Whether every word is known, so that it can be computed. */
bool equation_is_computed(const struct equation *q);
/* The right-hand side; NAN when a number is not known or equation_is_computed is false. */
double equation_compute(const struct equation *q, struct quantity_values v);
/* Whether the right-hand side equals the value of `of` to 1e-9. */
bool equation_holds(const struct equation *q, struct quantity_values v);

/* Whether `q` may be how `of` got its value: it is about it, fits the kind of model, and gives the
 * value where it can be computed. Without a result every equation about it may. */
bool equation_may_be(const struct equation *q, struct quantity of, struct quantity_values v);
/* The first that may be, computed ones before descriptions; NULL when there is none. */
const struct equation *equation_of(struct quantity of, struct quantity_values v);

/* ---- word by word ---- */

enum equation_word_kind {
    EQUATION_END,
    EQUATION_NUMBER,
    EQUATION_QUANTITY,
    EQUATION_FUNCTION, /* min max ceil floor, before a '(' */
    EQUATION_STALLS,   /* sum(stall), the whole of it */
    EQUATION_SIGN,     /* one of + - * / ( ) , */
    EQUATION_UNKNOWN,
};

struct equation_word {
    enum equation_word_kind kind;
    str text; /* as written */
    struct quantity quantity;
};

/* The part behind '=' of the first line. */
str equation_right(const struct equation *q);
/* Takes the next word of *rest, blanks before it dropped. */
struct equation_word equation_next(str *rest);

#endif
