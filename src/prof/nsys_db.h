/*
 * nsys_db.h: a SQLite database from anywhere, read row by row. nsys_db.c alone includes sqlite3.h.
 *
 * Views, triggers and what else a schema may hold to do harm are off; nothing beside the file is
 * read or made.
 */
#ifndef WARPSCOPE_PROF_NSYS_DB_H
#define WARPSCOPE_PROF_NSYS_DB_H

#include "base/err.h"
#include "base/str.h"

struct sqlite3;
typedef struct sqlite3_stmt db_rows; /* a query, and the row of it that it stands on */

struct db {
    struct sqlite3 *handle;
    const char *path;
    struct err *e;
    bool (*go_on)(void *arg); /* asked now and then; NULL = always */
    void *arg;
};

/* `path`, `go_on` and the like are set by the caller, who calls db_close in any case. */
enum status db_open(struct db *db) MUST_USE;
void db_close(struct db *db);

enum status db_prepare(struct db *db, const char *sql, db_rows **rows) MUST_USE;
/* Starts again with other numbers or texts in place of ?1, ?2; texts must stay valid. */
void db_bind_i64(db_rows *rows, int64_t value);
void db_bind_texts(db_rows *rows, const char *first, const char *second);
enum status db_step(struct db *db, db_rows *rows, bool *has_row) MUST_USE;
void db_finish(db_rows *rows);

/* Values of the row; false where it holds none of the kind. */
bool row_i64(db_rows *row, int column, int64_t *out);
bool row_u32(db_rows *row, int column, uint32_t *out);
int64_t row_i64_or(db_rows *row, int column, int64_t otherwise);
uint32_t row_u32_or(db_rows *row, int column, uint32_t otherwise);
bool row_is_null(db_rows *row, int column);
/* Valid until the row moves on; what is no text is empty. */
str row_text(db_rows *row, int column);

#endif
