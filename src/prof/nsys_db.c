#include "nsys_db.h"

#include <sqlite3.h>
#include <stdio.h>

#include "base/os.h"
#include "base/text.h"
#include "prof/nsys.h"

static enum status status_of(int rc)
{
    int primary = rc & 0xff;
    if (primary == SQLITE_NOMEM)
        return STATUS_LIMIT;
    return primary == SQLITE_IOERR && rc != SQLITE_IOERR_SHORT_READ ? STATUS_IO : STATUS_INPUT;
}

static enum status fail(struct db *db, int rc)
{
    if (rc == SQLITE_INTERRUPT)
        return err_set(db->e, STATUS_CANCELLED, "cancelled while reading '%s'", db->path);
    err_set(db->e, status_of(rc), "cannot read the database '%s': %s", db->path,
            sqlite3_errmsg(db->handle));
    err_at(db->e, db->path, 0, 0);
    err_hint(db->e, "export it again: nsys export --type sqlite FILE.nsys-rep");
    return status_of(rc);
}

/* SQLite takes "?", "#" and "%" of a plain path for its own. */
static void make_uri(struct text *uri, const char *path)
{
    text_puts(uri, path[0] == '/' ? "file://" : "file:");
    for (const char *p = path; *p != '\0'; p++) {
        unsigned char c = (unsigned char)*p;
        bool is_plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                        (c >= 'A' && c <= 'Z') || strchr("/._-~", c) != NULL;
        text_printf(uri, is_plain ? "%c" : "%%%02X", c);
    }
    text_puts(uri, "?mode=ro&immutable=1");
}

static int stop_or_go_on(void *arg)
{
    const struct db *db = arg;
    return db->go_on != NULL && !db->go_on(db->arg);
}

static void protect(struct db *db)
{
    enum { VALUE_MAX_B = 1 << 26, INSTRUCTIONS_PER_TICK = 20000 };
    static const int settings[][2] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        sqlite3_db_config(db->handle, settings[i][0], settings[i][1], NULL);
    sqlite3_limit(db->handle, SQLITE_LIMIT_LENGTH, VALUE_MAX_B);
    sqlite3_limit(db->handle, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_progress_handler(db->handle, INSTRUCTIONS_PER_TICK, stop_or_go_on, db);
}

enum status db_open(struct db *db)
{
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX |
                      SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE;
    struct os_file f;
    struct text uri;
    TRY(os_open_file(&f, db->path, db->e));
    os_close_file(&f);
    text_init(&uri);
    make_uri(&uri, db->path);
    int rc = sqlite3_open_v2(text_cstr(&uri), &db->handle, flags, NULL);
    text_done(&uri);
    if (rc != SQLITE_OK)
        return fail(db, rc);
    protect(db);
    return STATUS_OK;
}

void db_close(struct db *db)
{
    sqlite3_close(db->handle);
}

enum status db_prepare(struct db *db, const char *sql, db_rows **rows)
{
    int rc = sqlite3_prepare_v2(db->handle, sql, -1, rows, NULL);
    return rc == SQLITE_OK ? STATUS_OK : fail(db, rc);
}

void db_bind_i64(db_rows *rows, int64_t value)
{
    sqlite3_reset(rows);
    sqlite3_bind_int64(rows, 1, value);
}

void db_bind_texts(db_rows *rows, const char *first, const char *second)
{
    sqlite3_reset(rows);
    sqlite3_bind_text(rows, 1, first, -1, SQLITE_STATIC);
    sqlite3_bind_text(rows, 2, second, -1, SQLITE_STATIC);
}

enum status db_step(struct db *db, db_rows *rows, bool *has_row)
{
    int rc = sqlite3_step(rows);
    *has_row = rc == SQLITE_ROW;
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? STATUS_OK : fail(db, rc);
}

void db_finish(db_rows *rows)
{
    sqlite3_finalize(rows);
}

bool row_i64(db_rows *row, int column, int64_t *out)
{
    if (sqlite3_column_type(row, column) != SQLITE_INTEGER)
        return false;
    *out = sqlite3_column_int64(row, column);
    return true;
}

bool row_u32(db_rows *row, int column, uint32_t *out)
{
    int64_t v;
    if (!row_i64(row, column, &v) || v < 0 || v > UINT32_MAX)
        return false;
    *out = (uint32_t)v;
    return true;
}

int64_t row_i64_or(db_rows *row, int column, int64_t otherwise)
{
    row_i64(row, column, &otherwise);
    return otherwise;
}

uint32_t row_u32_or(db_rows *row, int column, uint32_t otherwise)
{
    row_u32(row, column, &otherwise);
    return otherwise;
}

bool row_is_null(db_rows *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL;
}

str row_text(db_rows *row, int column)
{
    if (sqlite3_column_type(row, column) != SQLITE_TEXT)
        return STR("");
    const char *text = (const char *)sqlite3_column_text(row, column);
    return text != NULL ? str_from(text) : STR("");
}

const char *nsys_library(void)
{
    static char name[40];
    snprintf(name, sizeof name, "sqlite %s", sqlite3_libversion());
    return name;
}
