/*
 * json.h: the only door to cJSON: read with places, write with numbers as numbers.
 *
 * A document is read into cJSON's own tree; json_line finds the line of a member for messages,
 * since cJSON keeps none. Writers build a tree and print it once; key order is the order of adding.
 */
#ifndef WARPSCOPE_BASE_JSON_H
#define WARPSCOPE_BASE_JSON_H

#include "base/err.h"
#include "base/str.h"
#include "base/text.h"

struct cJSON;
typedef struct cJSON json;

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* STATUS_INPUT with line and column on a syntax error, or when anything follows the document. */
enum status json_parse(json **out, str bytes, const char *path, struct err *e) MUST_USE;
void json_free(json *j);

enum json_kind json_kind(const json *j);
const char *json_kind_name(enum json_kind k);
const char *json_key(const json *j);                  /* NULL at the root and in arrays */
const json *json_child(const json *j);                /* first member or element, NULL if none */
const json *json_next(const json *j);                 /* next sibling, NULL at the end */
const json *json_get(const json *j, const char *key); /* case-sensitive; NULL if absent */
double json_number(const json *j);                    /* 0 unless a number */
const char *json_string(const json *j);               /* NULL unless a string */
bool json_bool(const json *j);

/*
 * 1-based line of the member reached by the n keys of `path` in the text that was parsed; 0 =
 * absent. An element of an array is reached by its index in decimal.
 */
unsigned json_line(str bytes, const char *const *path, size_t n);

/* Building. Each json_add_* attaches to an object, or to an array when key is NULL. */
json *json_make_object(void);
json *json_make_array(void);
json *json_add_object(json *to, const char *key);
json *json_add_array(json *to, const char *key);
void json_add_number(json *to, const char *key, double v); /* NaN and infinities become null */
void json_add_string(json *to, const char *key, const char *v);
void json_add_bool(json *to, const char *key, bool v);
void json_add_null(json *to, const char *key);

/* Indented, numbers shortest that read back equal, one line feed at the end. */
void json_print(const json *j, struct text *out);

/* "cJSON 1.7.15": what the program really runs with. */
const char *json_library(void);

#endif
