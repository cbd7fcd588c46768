/* SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <sqlite3.h>

#include "base/icam-error.h"
#include "base/icam-uuid.h"

G_BEGIN_DECLS

/* One connection to one of the two databases. Not thread safe: who shares one holds a lock. Statements are prepared once,
 * so @sql must be a string literal. Values are bound by a format: i gint64, d double, s text or NULL, u IcamUuid *,
 * b GBytes * or NULL. Errors are ICAM_ERROR_DATABASE. */
typedef struct _IcamSql IcamSql;

typedef enum
{
  ICAM_SQL_OK,
  ICAM_SQL_DAMAGED, /* no database, or a broken one */
  ICAM_SQL_NEWER,   /* made by a later version of this program */
  ICAM_SQL_FAILED,  /* the disk, memory, … */
} IcamSqlStatus;

IcamSql      *icam_sql_open        (const char   *path,
                                    gboolean      read_only,
                                    GError      **error);
void          icam_sql_close       (IcamSql      *self);
IcamSqlStatus icam_sql_migrate     (IcamSql            *self,
                                    const char *const  *steps,
                                    GError            **error);
gboolean      icam_sql_is_damaged  (IcamSql      *self);
gboolean      icam_sql_exec        (IcamSql      *self,
                                    const char   *sql,
                                    GError      **error);
gboolean      icam_sql_begin       (IcamSql      *self,
                                    gboolean      durable,
                                    GError      **error);
gboolean      icam_sql_commit      (IcamSql      *self,
                                    GError      **error);
void          icam_sql_rollback    (IcamSql      *self);
sqlite3_stmt *icam_sql_query       (IcamSql      *self,
                                    GError      **error,
                                    const char   *sql,
                                    const char   *format,
                                    ...);
gboolean      icam_sql_step        (IcamSql      *self,
                                    sqlite3_stmt *statement,
                                    gboolean     *row,
                                    GError      **error);
gboolean      icam_sql_run         (IcamSql      *self,
                                    GError      **error,
                                    const char   *sql,
                                    const char   *format,
                                    ...);
gint64        icam_sql_get_int     (IcamSql      *self,
                                    gint64        fallback,
                                    const char   *sql,
                                    const char   *format,
                                    ...);
gint64        icam_sql_last_id     (IcamSql      *self);
int           icam_sql_changes     (IcamSql      *self);
void          icam_sql_column_uuid (sqlite3_stmt *statement,
                                    int           column,
                                    IcamUuid     *uuid);
char         *icam_sql_column_dup  (sqlite3_stmt *statement,
                                    int           column);
gboolean      icam_sql_backup      (IcamSql      *self,
                                    const char   *path,
                                    GError      **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (IcamSql, icam_sql_close)

G_END_DECLS
