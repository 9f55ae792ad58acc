/*
 * nsys.h: reader of Nsight Systems' SQLite exports; nsys_db.c alone includes sqlite3.h.
 */
#ifndef WARPSCOPE_PROF_NSYS_H
#define WARPSCOPE_PROF_NSYS_H

#include "prof/record.h"

/* Whether these first bytes of a file are a SQLite database's. */
bool nsys_is_database(str head);

/* Adds one export. STATUS_INPUT when it is a database of another kind, or an export without GPU
 * activity that can be used, saying which tables it has. */
enum status nsys_read(struct record *r, const char *path, const struct tick *tick,
                      struct err *e) MUST_USE;

/* "sqlite 3.40.1": what the program really runs with. */
const char *nsys_library(void);

#endif
