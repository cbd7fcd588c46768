/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-sql.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

struct _IcamSql
{
  sqlite3 *db;
  char *path;
  GHashTable *statements; /* literal (by address) → sqlite3_stmt */
  gboolean durable;       /* this transaction reaches the disk before it is committed */
  gboolean damaged;       /* SQLite has met something that cannot be in a whole database */
};

static gboolean
fail (IcamSql *self, int code, GError **error)
{
  code &= 0xff;
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    self->damaged = TRUE;
  icam_error_set (error, ICAM_ERROR_DATABASE, "detail",
                  self->db != NULL ? sqlite3_errmsg (self->db) : sqlite3_errstr (code), NULL);
  return FALSE;
}

static void
finalize (gpointer statement)
{
  sqlite3_finalize (statement);
}

/**
 * icam_sql_open:
 * @path: the file
 * @read_only: for a reader; the file must exist then
 * @error: return location
 *
 * Returns: (transfer full) (nullable): a connection
 */
IcamSql *
icam_sql_open (const char *path, gboolean read_only, GError **error)
{
  g_autoptr (IcamSql) self = g_new0 (IcamSql, 1);
  g_autoptr (GError) local = NULL;
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  int code;

  /* A "read only" connection to a WAL database still writes its index of shared memory, so
   * query_only is what makes a reader. */
  flags |= read_only ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  self->path = g_strdup (path);
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, finalize);

  code = sqlite3_open_v2 (path, &self->db, flags, NULL);
  if (code != SQLITE_OK)
    {
      fail (self, code, error);
      return NULL;
    }

  sqlite3_busy_timeout (self->db, read_only ? 1000 : 5000);
  if (!icam_sql_exec (self, "PRAGMA foreign_keys=ON", error)
      || !icam_sql_exec (self, "PRAGMA trusted_schema=OFF", error))
    return NULL;
  if (read_only)
    return icam_sql_exec (self, "PRAGMA query_only=ON", error) ? g_steal_pointer (&self) : NULL;

  /* A WAL that has grown once is cut back at the next checkpoint. */
  if (!icam_sql_exec (self, "PRAGMA journal_mode=WAL", &local)
      || !icam_sql_exec (self, "PRAGMA synchronous=NORMAL", &local)
      || !icam_sql_exec (self, "PRAGMA journal_size_limit=4194304", &local))
    {
      /* The migration says so. */
      if (self->damaged)
        return g_steal_pointer (&self);
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * icam_sql_close:
 * @self: (transfer full): a connection
 */
void
icam_sql_close (IcamSql *self)
{
  g_hash_table_unref (self->statements);
  sqlite3_close (self->db);
  g_free (self->path);
  g_free (self);
}

/**
 * icam_sql_is_damaged:
 * @self: a connection
 *
 * Returns: whether SQLite has found the file broken since it was opened
 */
gboolean
icam_sql_is_damaged (IcamSql *self)
{
  return self->damaged;
}

/**
 * icam_sql_exec:
 * @self: a connection
 * @sql: statements without parameters
 * @error: return location
 *
 * Returns: whether it was done
 */
gboolean
icam_sql_exec (IcamSql *self, const char *sql, GError **error)
{
  int code = sqlite3_exec (self->db, sql, NULL, NULL, NULL);

  return code == SQLITE_OK || fail (self, code, error);
}

/**
 * icam_sql_begin:
 * @self: a connection
 * @durable: whether a power cut after the commit must not undo it
 * @error: return location
 *
 * Returns: whether a transaction that may write has begun
 */
gboolean
icam_sql_begin (IcamSql *self, gboolean durable, GError **error)
{
  if (durable && !icam_sql_exec (self, "PRAGMA synchronous=FULL", error))
    return FALSE;
  self->durable = durable;
  if (icam_sql_run (self, error, "BEGIN IMMEDIATE", ""))
    return TRUE;
  icam_sql_rollback (self);
  return FALSE;
}

static void
leave (IcamSql *self)
{
  if (self->durable)
    sqlite3_exec (self->db, "PRAGMA synchronous=NORMAL", NULL, NULL, NULL);
  self->durable = FALSE;
}

/**
 * icam_sql_commit:
 * @self: a connection
 * @error: return location
 *
 * Returns: whether the transaction is committed; if not, it is undone
 */
gboolean
icam_sql_commit (IcamSql *self, GError **error)
{
  if (!icam_sql_run (self, error, "COMMIT", ""))
    {
      icam_sql_rollback (self);
      return FALSE;
    }
  leave (self);
  return TRUE;
}

/**
 * icam_sql_rollback:
 * @self: a connection
 */
void
icam_sql_rollback (IcamSql *self)
{
  if (!sqlite3_get_autocommit (self->db))
    icam_sql_run (self, NULL, "ROLLBACK", "");
  leave (self);
}

static sqlite3_stmt *
prepare (IcamSql *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = g_hash_table_lookup (self->statements, sql);
  int code;

  if (statement != NULL)
    {
      sqlite3_reset (statement);
      sqlite3_clear_bindings (statement);
      return statement;
    }

  code = sqlite3_prepare_v3 (self->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
  if (code != SQLITE_OK)
    {
      fail (self, code, error);
      return NULL;
    }
  g_hash_table_insert (self->statements, (gpointer) sql, statement);
  return statement;
}

static void
bind (sqlite3_stmt *statement, const char *format, va_list args)
{
  for (int i = 1; *format != '\0'; format++, i++)
    switch (*format)
      {
      case 'i':
        sqlite3_bind_int64 (statement, i, va_arg (args, gint64));
        break;
      case 'd':
        sqlite3_bind_double (statement, i, va_arg (args, double));
        break;
      case 's':
        {
          const char *text = va_arg (args, const char *);

          /* What a device said of itself may be anything; a text column is UTF-8. */
          if (text != NULL && !g_utf8_validate (text, -1, NULL))
            sqlite3_bind_text (statement, i, g_utf8_make_valid (text, -1), -1, g_free);
          else
            sqlite3_bind_text (statement, i, text, -1, SQLITE_TRANSIENT);
          break;
        }
      case 'u':
        {
          const IcamUuid *uuid = va_arg (args, const IcamUuid *);

          if (uuid != NULL)
            sqlite3_bind_blob (statement, i, uuid->bytes, sizeof uuid->bytes, SQLITE_TRANSIENT);
          break;
        }
      case 'b':
        {
          GBytes *bytes = va_arg (args, GBytes *);
          gsize length = 0;
          gconstpointer data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

          if (bytes != NULL)
            sqlite3_bind_blob64 (statement, i, data != NULL ? data : "", length, SQLITE_TRANSIENT);
          break;
        }
      default:
        g_assert_not_reached ();
      }
}

/**
 * icam_sql_query:
 * @self: a connection
 * @error: return location
 * @sql: a literal
 * @format: of the values
 * @...: the values
 *
 * Returns: (transfer none) (nullable): the statement, to be stepped until there is no row; else
 * sqlite3_reset() it
 */
sqlite3_stmt *
icam_sql_query (IcamSql *self, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement = prepare (self, sql, error);
  va_list args;

  if (statement == NULL)
    return NULL;
  va_start (args, format);
  bind (statement, format, args);
  va_end (args);
  return statement;
}

/**
 * icam_sql_step:
 * @self: a connection
 * @statement: a query of it
 * @row: (out): whether there is another row
 * @error: return location
 *
 * Returns: %FALSE on an error. The statement is reset when there is no other row.
 */
gboolean
icam_sql_step (IcamSql *self, sqlite3_stmt *statement, gboolean *row, GError **error)
{
  int code = sqlite3_step (statement);

  *row = code == SQLITE_ROW;
  if (code == SQLITE_ROW)
    return TRUE;
  sqlite3_reset (statement);
  return code == SQLITE_DONE || fail (self, code, error);
}

/**
 * icam_sql_run:
 * @self: a connection
 * @error: (nullable): return location
 * @sql: a literal that returns no rows
 * @format: of the values
 * @...: the values
 *
 * Returns: whether it was done
 */
gboolean
icam_sql_run (IcamSql *self, GError **error, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement = prepare (self, sql, error);
  va_list args;
  int code;

  if (statement == NULL)
    return FALSE;
  va_start (args, format);
  bind (statement, format, args);
  va_end (args);

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    ;
  sqlite3_reset (statement);
  return code == SQLITE_DONE || fail (self, code, error);
}

/**
 * icam_sql_get_int:
 * @self: a connection
 * @fallback: what to return if there is no row, or NULL in it
 * @sql: a literal that returns one number
 * @format: of the values
 * @...: the values
 *
 * Returns: the number
 */
gint64
icam_sql_get_int (IcamSql *self, gint64 fallback, const char *sql, const char *format, ...)
{
  sqlite3_stmt *statement = prepare (self, sql, NULL);
  gint64 value = fallback;
  va_list args;

  if (statement == NULL)
    return fallback;
  va_start (args, format);
  bind (statement, format, args);
  va_end (args);

  if (sqlite3_step (statement) == SQLITE_ROW && sqlite3_column_type (statement, 0) != SQLITE_NULL)
    value = sqlite3_column_int64 (statement, 0);
  sqlite3_reset (statement);
  return value;
}

/**
 * icam_sql_last_id:
 * @self: a connection
 *
 * Returns: rowid of the last row that was inserted
 */
gint64
icam_sql_last_id (IcamSql *self)
{
  return sqlite3_last_insert_rowid (self->db);
}

/**
 * icam_sql_changes:
 * @self: a connection
 *
 * Returns: rows that the last statement has changed
 */
int
icam_sql_changes (IcamSql *self)
{
  return sqlite3_changes (self->db);
}

/**
 * icam_sql_column_uuid:
 * @statement: at a row
 * @column: which
 * @uuid: (out): its value; nil if it is none
 */
void
icam_sql_column_uuid (sqlite3_stmt *statement, int column, IcamUuid *uuid)
{
  gconstpointer data = sqlite3_column_blob (statement, column);

  memset (uuid, 0, sizeof *uuid);
  if (data != NULL && sqlite3_column_bytes (statement, column) == (int) sizeof uuid->bytes)
    memcpy (uuid->bytes, data, sizeof uuid->bytes);
}

/**
 * icam_sql_column_dup:
 * @statement: at a row
 * @column: which
 *
 * Returns: (transfer full) (nullable): its text
 */
char *
icam_sql_column_dup (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}

/**
 * icam_sql_backup:
 * @self: a connection outside of a transaction
 * @path: a file that gets a copy of the whole database; replaced if it exists
 * @error: return location
 *
 * Returns: whether the copy is whole and on the disk
 */
gboolean
icam_sql_backup (IcamSql *self, const char *path, GError **error)
{
  g_autofree char *partial = g_strconcat (path, ".part", NULL);

  g_unlink (partial);
  if (!icam_sql_run (self, error, "VACUUM INTO ?1", "s", partial))
    {
      g_unlink (partial);
      return FALSE;
    }
  if (g_rename (partial, path) != 0)
    {
      g_unlink (partial);
      icam_error_set (error, ICAM_ERROR_DATABASE, "detail", "The backup cannot be put in place.",
                      NULL);
      return FALSE;
    }
  return TRUE;
}

/* Small databases are looked through at every start; in a large one the pages are checked as they
 * are used. */
static gboolean
is_whole (IcamSql *self)
{
  GStatBuf info;
  gboolean whole = FALSE;
  sqlite3_stmt *statement;

  if (self->damaged)
    return FALSE;
  if (sqlite3_exec (self->db, "SELECT count(*) FROM sqlite_schema", NULL, NULL, NULL) != SQLITE_OK)
    return FALSE;
  if (g_stat (self->path, &info) != 0 || info.st_size > 32 * 1024 * 1024)
    return TRUE;

  statement = icam_sql_query (self, NULL, "PRAGMA quick_check(1)", "");
  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) == SQLITE_ROW)
    whole = g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "ok") == 0;
  sqlite3_reset (statement);
  return whole;
}

/**
 * icam_sql_migrate:
 * @self: a connection that may write
 * @steps: (array zero-terminated=1): what makes version n + 1 of version n
 * @error: return location
 *
 * Brings a database to the version of this program, each step in a transaction, after a backup
 * beside it if there was something to lose.
 *
 * Returns: what came of it
 */
IcamSqlStatus
icam_sql_migrate (IcamSql *self, const char *const *steps, GError **error)
{
  gint64 have, want = (gint64) g_strv_length ((char **) steps);

  if (!is_whole (self))
    {
      icam_error_set (error, ICAM_ERROR_DATABASE, "detail", "The database is damaged.", NULL);
      return ICAM_SQL_DAMAGED;
    }

  have = icam_sql_get_int (self, 0, "PRAGMA user_version", "");
  if (have > want)
    {
      icam_error_set (error, ICAM_ERROR_DATABASE, "detail",
                      "The database was made by a later version of this program.", NULL);
      return ICAM_SQL_NEWER;
    }
  if (have > 0 && have < want)
    {
      g_autofree char *backup = g_strdup_printf ("%s.version-%d", self->path, (int) have);

      if (!icam_sql_backup (self, backup, error))
        return ICAM_SQL_FAILED;
    }

  for (gint64 version = have; version < want; version++)
    {
      g_autofree char *pragma = g_strdup_printf ("PRAGMA user_version=%d", (int) version + 1);

      if (!icam_sql_begin (self, TRUE, error))
        return ICAM_SQL_FAILED;
      if (!icam_sql_exec (self, steps[version], error) || !icam_sql_exec (self, pragma, error))
        {
          icam_sql_rollback (self);
          return self->damaged ? ICAM_SQL_DAMAGED : ICAM_SQL_FAILED;
        }
      if (!icam_sql_commit (self, error))
        return ICAM_SQL_FAILED;
    }

  return ICAM_SQL_OK;
}
