/*
 * equation.c: a calculator for the equations of the tables: recursive descent over
 *
 *     sum     = product { (+|-) product }
 *     product = factor { (*|/) factor }
 *     factor  = number | name | sum(stall) | function ( sum {, sum} ) | ( sum ) | - factor
 */
#include "result/equation.h"

#include <ctype.h>
#include <math.h>

#define METRIC(id, title, unit, group, json, ncu, ncu_title, value, help, advice, stages)
#define STALL(id, name, ncu, group, letter, colour, who, help, about, advice, stages)
#define EQUATION(of, when, text, source) {of, when, text, source},
static const struct equation equations[] = {
#include "result/metric.def"
#include "result/stall.def"
};
#undef EQUATION
#undef STALL
#undef METRIC

size_t equation_count(void)
{
    return ARRAY_LEN(equations);
}

const struct equation *equation_at(size_t i)
{
    ASSERT(i < ARRAY_LEN(equations));
    return &equations[i];
}

/* ---- words ---- */

str equation_right(const struct equation *q)
{
    str rest = str_from(q->text), line, left;
    str_cut(&rest, '\n', &line);
    str_cut(&line, '=', &left);
    return str_trim(line);
}

static size_t run_length(str s, const char *more)
{
    size_t n = 0;
    while (n < s.n && (isalnum((unsigned char)s.p[n]) || strchr(more, s.p[n]) != NULL))
        n++;
    return n;
}

static bool is_function(str name)
{
    return str_is(name, "min") || str_is(name, "max") || str_is(name, "ceil") ||
           str_is(name, "floor");
}

static struct equation_word name_word(str s)
{
    static const str stalls = {"sum(stall)", sizeof "sum(stall)" - 1};
    if (str_starts(s, stalls))
        return (struct equation_word){.kind = EQUATION_STALLS, .text = {s.p, stalls.n}};
    struct equation_word w = {.kind = EQUATION_UNKNOWN, .text = {s.p, run_length(s, "_")}};
    bool is_called = w.text.n < s.n && s.p[w.text.n] == '(';
    w.quantity = quantity_find(w.text);
    if (is_called && is_function(w.text))
        w.kind = EQUATION_FUNCTION;
    else if (!is_called && w.quantity.kind != QUANTITY_NONE)
        w.kind = EQUATION_QUANTITY;
    return w;
}

struct equation_word equation_next(str *rest)
{
    struct equation_word w = {.kind = EQUATION_END};
    *rest = str_trim(*rest);
    if (rest->n == 0)
        return w;
    unsigned char c = (unsigned char)rest->p[0];
    if (isdigit(c))
        w = (struct equation_word){.kind = EQUATION_NUMBER,
                                   .text = {rest->p, run_length(*rest, ".")}};
    else if (isalpha(c))
        w = name_word(*rest);
    else
        w = (struct equation_word){.kind = strchr("+-*/(),", c) != NULL ? EQUATION_SIGN
                                                                        : EQUATION_UNKNOWN,
                                   .text = {rest->p, 1}};
    *rest = (str){rest->p + w.text.n, rest->n - w.text.n};
    return w;
}

bool equation_is_computed(const struct equation *q)
{
    str rest = equation_right(q);
    struct equation_word w;
    while ((w = equation_next(&rest)).kind != EQUATION_END)
        if (w.kind == EQUATION_UNKNOWN)
            return false;
    return true;
}

/* ---- computing ---- */

struct calculator {
    str rest;
    struct equation_word word; /* the one looked at */
    struct quantity_values v;
};

static void advance(struct calculator *c)
{
    c->word = equation_next(&c->rest);
}

static bool accept(struct calculator *c, char sign)
{
    if (c->word.kind != EQUATION_SIGN || c->word.text.p[0] != sign)
        return false;
    advance(c);
    return true;
}

static double sum(struct calculator *c);

static double combine(str function, double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    return function.p[1] == 'i' ? MIN(a, b) : MAX(a, b);
}

/* Behind the '(' of min, max, ceil or floor. */
static double call(struct calculator *c, str function)
{
    double value = sum(c);
    while (accept(c, ','))
        value = combine(function, value, sum(c));
    if (str_is(function, "ceil"))
        return ceil(value);
    return str_is(function, "floor") ? floor(value) : value;
}

static double stalls(const struct result *r)
{
    double all = r == NULL ? (double)NAN : 0;
    for (int s = 0; r != NULL && s < STALL_N; s++)
        all += r->stall[s];
    return all;
}

static double factor(struct calculator *c)
{
    if (accept(c, '-'))
        return -factor(c);
    if (accept(c, '(')) {
        double inner = sum(c);
        return accept(c, ')') ? inner : (double)NAN;
    }
    struct equation_word w = c->word;
    double value = (double)NAN;
    advance(c);
    if (w.kind == EQUATION_NUMBER)
        return str_parse_double(w.text, &value) ? value : (double)NAN;
    if (w.kind == EQUATION_QUANTITY)
        return quantity_value(w.quantity, c->v);
    if (w.kind == EQUATION_STALLS)
        return stalls(c->v.r);
    if (w.kind != EQUATION_FUNCTION || !accept(c, '('))
        return (double)NAN;
    value = call(c, w.text);
    return accept(c, ')') ? value : (double)NAN;
}

static double product(struct calculator *c)
{
    double value = factor(c);
    for (;;) {
        if (accept(c, '*'))
            value *= factor(c);
        else if (accept(c, '/'))
            value /= factor(c);
        else
            return value;
    }
}

static double sum(struct calculator *c)
{
    double value = product(c);
    for (;;) {
        if (accept(c, '+'))
            value += product(c);
        else if (accept(c, '-'))
            value -= product(c);
        else
            return value;
    }
}

double equation_compute(const struct equation *q, struct quantity_values v)
{
    struct calculator c = {.rest = equation_right(q), .v = v};
    advance(&c);
    double value = sum(&c);
    return c.word.kind == EQUATION_END ? value : (double)NAN;
}

bool equation_holds(const struct equation *q, struct quantity_values v)
{
    double own = quantity_value(quantity_find(str_from(q->of)), v);
    double computed = equation_compute(q, v);
    return fabs(own - computed) <= 1e-9 * fabs(own) + 1e-9;
}

/* "stall" stands for every stall. */
static bool is_about(const struct equation *q, struct quantity of)
{
    if (of.kind == QUANTITY_STALL && strcmp(q->of, "stall") == 0)
        return true;
    return strcmp(q->of, quantity_name(of)) == 0;
}

/* `when` may go on behind the variant: "launch: as-coded, from 2,048 CTAs on". */
static bool begins_with(const char *when, const char *stage)
{
    size_t n = strlen(stage);
    return strncmp(when, stage, n) == 0 && (when[n] == '\0' || when[n] == ',');
}

/* True also where `when` names no stage. */
static bool is_of_stages(const char *when, const struct result *r)
{
    const char *colon = strchr(when, ':');
    bool is_stage = false;
    for (uint32_t i = 0; i < r->n_stages && colon != NULL; i++) {
        if (begins_with(when, r->stages[i]))
            return true;
        is_stage = is_stage || strncmp(when, r->stages[i], (size_t)(colon - when) + 1) == 0;
    }
    return !is_stage;
}

static bool is_of_model(const struct equation *q, const struct result *r)
{
    bool follows_warps = r->warp_state != NULL;
    if (strcmp(q->when, "interval models") == 0)
        return !follows_warps;
    if (strcmp(q->when, "models that follow warps") == 0)
        return follows_warps;
    return is_of_stages(q->when, r);
}

bool equation_may_be(const struct equation *q, struct quantity of, struct quantity_values v)
{
    if (!is_about(q, of) || (v.r != NULL && !is_of_model(q, v.r)))
        return false;
    return v.r == NULL || !equation_is_computed(q) || equation_holds(q, v);
}

const struct equation *equation_of(struct quantity of, struct quantity_values v)
{
    const struct equation *described = NULL;
    for (size_t i = 0; i < ARRAY_LEN(equations); i++) {
        const struct equation *q = &equations[i];
        if (!equation_may_be(q, of, v))
            continue;
        if (v.r == NULL || equation_is_computed(q))
            return q;
        if (described == NULL)
            described = q;
    }
    return described;
}
