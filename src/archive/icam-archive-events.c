/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-archive"

#include "config.h"

#include "archive/icam-archive-private.h"
#include "archive/icam-disk.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Events that are longer have an index of their own. */
#define LONG_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

/**
 * icam_event_row_clear:
 * @row: a row; what is inside is released
 */
void
icam_event_row_clear (IcamEventRow *row)
{
  g_clear_pointer (&row->kind, g_free);
  g_clear_pointer (&row->witnesses, g_free);
}

/**
 * icam_archive_put_event:
 * @self: an archive
 * @row: an event; one with the same id is replaced. Whether it has a thumbnail is not taken from
 * here.
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: whether it is stored
 */
gboolean
icam_archive_put_event (IcamArchive *self, const IcamEventRow *row, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  gboolean ok;

  ok = icam_sql_run (sql, error,
                     "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                     " ON CONFLICT (id) DO UPDATE SET camera = ?2, channel = ?3, kind = ?4, "
                     "start_us = ?5, end_us = ?6,"
                     " peak_us = ?7, peak = ?8, witnesses = ?9",
                     "uuusiiids", &row->id, &row->camera, &row->channel,
                     row->kind != NULL ? row->kind : "motion", row->start_us, row->end_us,
                     row->peak_us, row->peak, row->witnesses != NULL ? row->witnesses : "");
  icam_catalogue_unlock (store->catalogue);
  return ok;
}

static gboolean
collect_events (IcamSql *reader, sqlite3_stmt *query, GArray *rows, GError **error)
{
  gboolean row = FALSE, ok = FALSE;

  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamEventRow event = { 0 };

      icam_sql_column_uuid (query, 0, &event.id);
      icam_sql_column_uuid (query, 1, &event.camera);
      icam_sql_column_uuid (query, 2, &event.channel);
      event.kind = icam_sql_column_dup (query, 3);
      event.start_us = sqlite3_column_int64 (query, 4);
      event.end_us = sqlite3_column_int64 (query, 5);
      event.peak_us = sqlite3_column_int64 (query, 6);
      event.peak = sqlite3_column_double (query, 7);
      event.witnesses = icam_sql_column_dup (query, 8);
      event.thumbnail = sqlite3_column_int (query, 9) != 0;
      g_array_append_val (rows, event);
    }
  return ok;
}

/**
 * icam_archive_list_events:
 * @self: an archive
 * @camera: (nullable): whose events, %NULL: of all
 * @from_us: UTC µs
 * @to_us: UTC µs, exclusive; 0: no end
 * @limit: how many at most, 0: no limit
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamEventRow, those that overlap the span, the newest
 * first
 */
GArray *
icam_archive_list_events (IcamArchive *self,
                          const IcamUuid *camera,
                          gint64 from_us,
                          gint64 to_us,
                          guint limit,
                          GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (IcamEventRow));
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  gint64 early, all;
  gboolean ok;

  if (reader == NULL)
    return NULL;
  g_array_set_clear_func (rows, (GDestroyNotify) icam_event_row_clear);
  if (to_us <= 0)
    to_us = G_MAXINT64;
  early = from_us > G_MININT64 + LONG_US ? from_us - LONG_US : G_MININT64;
  all = limit > 0 ? (gint64) limit : -1;
#define COLUMNS                                                                                    \
  "SELECT event.id, camera, event.channel, kind, start_us, end_us, peak_us, peak, witnesses, "     \
  "thumbnail.event IS NOT NULL"                                                                    \
  " FROM event LEFT JOIN thumbnail ON thumbnail.event = event.id WHERE"
#define SPAN                                                                                       \
  " start_us < ?2 AND start_us >= ?4 AND (end_us = 0 OR end_us >= ?1)"                             \
  " ORDER BY start_us DESC, event.id LIMIT ?3"
  /* Those that are long, or last, began before all others that touch the span. */
#define LONG                                                                                       \
  " start_us < ?2 AND start_us < ?4 AND (end_us = 0 OR end_us - start_us > 86400000000)"           \
  " AND (end_us = 0 OR end_us >= ?1) ORDER BY start_us DESC, event.id LIMIT ?3"
  if (camera != NULL)
    ok = collect_events (reader, icam_sql_query (reader, error, COLUMNS " camera = ?5 AND" SPAN, "iiiiu", from_us, to_us, all, early, camera),
                         rows, error);
  else
    ok = collect_events (reader, icam_sql_query (reader, error, COLUMNS SPAN, "iiii", from_us, to_us, all, early), rows, error);
  all = limit > 0 ? (gint64) (limit - rows->len) : -1;
  if (ok && camera != NULL)
    ok = collect_events (reader, icam_sql_query (reader, error, COLUMNS " +camera = ?5 AND" LONG, "iiiiu", from_us, to_us, all, early, camera),
                         rows, error);
  else if (ok)
    ok = collect_events (reader, icam_sql_query (reader, error, COLUMNS LONG, "iiii", from_us, to_us, all, early), rows, error);
#undef COLUMNS
#undef SPAN
#undef LONG
  icam_catalogue_read_done (store->catalogue, reader);
  return ok ? g_steal_pointer (&rows) : NULL;
}

/**
 * icam_archive_put_thumbnail:
 * @self: an archive
 * @event: an event whose row was put
 * @channel: its channel
 * @jpeg: the picture
 *
 * The writer stores it; "recordings-changed" tells when it is there. A later one replaces it.
 */
void
icam_archive_put_thumbnail (IcamArchive *self,
                            const IcamUuid *event,
                            const IcamUuid *channel,
                            GBytes *jpeg)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (IcamDisk) disk = icam_store_ref_disk_for (store, channel);
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  gint64 start = icam_sql_get_int (sql, icam_clock_utc (store->clock),
                                   "SELECT start_us FROM event WHERE id = ?", "u", event);

  icam_catalogue_unlock (store->catalogue);
  if (disk != NULL)
    icam_disk_thumbnail (disk, event, channel, start, jpeg);
}

/* Whether the comment in the JPEG says that it is this event's (promise 1). */
static gboolean
is_thumbnail_of (int fd, const IcamUuid *event, const IcamUuid *channel)
{
  char event_text[ICAM_UUID_TEXT_SIZE], channel_text[ICAM_UUID_TEXT_SIZE];
  g_autofree char *comment = NULL;
  char head[256];
  gssize n = pread (fd, head, sizeof head, 0);

  icam_uuid_format (event, event_text);
  icam_uuid_format (channel, channel_text);
  comment = g_strdup_printf ("incamera channel=%s event=%s", channel_text, event_text);
  return n >= (gssize) strlen (comment) + 6 && memcmp (head + 6, comment, strlen (comment)) == 0;
}

/**
 * icam_archive_open_thumbnail:
 * @self: an archive
 * @event: an event
 * @error: return location, ICAM_ERROR_NOT_FOUND
 *
 * Touches the archive's disk: call it on a thread that may wait.
 *
 * Returns: a descriptor for reading a JPEG, the caller's; -1 on an error
 */
int
icam_archive_open_thumbnail (IcamArchive *self, const IcamUuid *event, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  g_autofree char *path = NULL;
  g_autofree char *top = NULL;
  g_autoptr (IcamDisk) disk = NULL;
  IcamUuid archive, channel;
  sqlite3_stmt *query;
  gboolean row = FALSE;
  int fd = -1;

  if (reader == NULL)
    return -1;
  query = icam_sql_query (reader, NULL,
                          "SELECT thumbnail.path, folder.archive, thumbnail.channel FROM thumbnail"
                          " JOIN folder ON thumbnail.folder = folder.id WHERE thumbnail.event = ?",
                          "u", event);
  if (query != NULL && icam_sql_step (reader, query, &row, NULL) && row)
    {
      path = icam_sql_column_dup (query, 0);
      icam_sql_column_uuid (query, 1, &archive);
      icam_sql_column_uuid (query, 2, &channel);
      sqlite3_reset (query);
    }
  icam_catalogue_read_done (store->catalogue, reader);

  if (path != NULL)
    top = icam_config_dup_folder (store->config, &archive);
  disk = top != NULL ? icam_store_find_disk (store, top) : NULL;
  if (disk != NULL && icam_store_disk_hangs (store, disk))
    {
      icam_error_set (error, ICAM_ERROR_ARCHIVE_HUNG, "folder", top, NULL);
      return -1;
    }
  if (top != NULL)
    {
      g_autofree char *full = g_build_filename (top, path, NULL);

      fd = open (full, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
      if (fd >= 0 && !is_thumbnail_of (fd, event, &channel))
        {
          g_warning ("%s is not the picture that it should be.", full);
          close (fd);
          fd = -1;
        }
    }
  if (fd < 0)
    icam_error_set (error, ICAM_ERROR_NOT_FOUND, "what", "event", NULL);
  return fd;
}

/**
 * icam_archive_end_open_events:
 * @self: an archive
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * For events that were running when the recorder died: they end with what was recorded of their
 * channel, so call it when recovery is done, and before new events begin or with those excluded by
 * their start.
 *
 * Returns: whether it is done
 */
gboolean
icam_archive_end_open_events (IcamArchive *self, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  IcamSql *sql = icam_catalogue_lock (store->catalogue);
  gboolean ok;

  /* Only what earlier runs have recorded counts: in this one the camera went on. */
  ok = icam_sql_run (
    sql, error,
    "UPDATE event SET end_us = max (start_us + 1, peak_us, coalesce ("
    " (SELECT max (segment.end_us) FROM stream JOIN segment ON segment.stream = stream.id"
    "  WHERE stream.channel = event.channel AND segment.state = 1 AND segment.epoch < ?1"
    "  AND segment.start_us > event.start_us - 21600000000), 0))"
    " WHERE end_us = 0"
    /* A running event of this run lies behind all that was recorded before. This run is young: six hours are enough to look at. */
    " AND NOT EXISTS (SELECT 1 FROM stream JOIN segment ON segment.stream = stream.id"
    "  WHERE stream.channel = event.channel AND segment.epoch >= ?1 AND segment.start_us <= event.start_us"
    "  AND segment.start_us > event.start_us - 21600000000)",
    "i", (gint64) store->first_epoch);
  icam_catalogue_unlock (store->catalogue);
  return ok;
}

/**
 * icam_archive_journal:
 * @self: an archive
 * @code: a frozen name
 * @params: (nullable): a{sv}, a floating reference is taken
 */
void
icam_archive_journal (IcamArchive *self, const char *code, GVariant *params)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GVariant) owned = params != NULL ? g_variant_ref_sink (params) : NULL;

  icam_catalogue_journal (store->catalogue, icam_clock_utc (store->clock), code, owned);
}

static void
journal_row_clear (gpointer data)
{
  IcamJournalRow *row = data;

  g_clear_pointer (&row->code, g_free);
  g_clear_pointer (&row->params, g_variant_unref);
}

/**
 * icam_archive_list_journal:
 * @self: an archive
 * @from_us: UTC µs
 * @to_us: UTC µs, exclusive; 0: no end
 * @limit: how many at most, 0: no limit
 * @error: return location, ICAM_ERROR_DATABASE
 *
 * Returns: (transfer full) (nullable): of IcamJournalRow, cleared with the array, the newest first
 */
GArray *
icam_archive_list_journal (
  IcamArchive *self, gint64 from_us, gint64 to_us, guint limit, GError **error)
{
  IcamStore *store = icam_archive_get_store (self);
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (IcamJournalRow));
  IcamSql *reader = icam_catalogue_read (store->catalogue, error);
  sqlite3_stmt *query;
  gboolean row = FALSE, ok = FALSE;

  if (reader == NULL)
    return NULL;
  g_array_set_clear_func (rows, journal_row_clear);
  query = icam_sql_query (
    reader, error,
    "SELECT time_us, code, params FROM journal WHERE time_us >= ?1 AND time_us < ?2"
    " ORDER BY id DESC LIMIT ?3",
    "iii", from_us, to_us > 0 ? to_us : G_MAXINT64, limit > 0 ? (gint64) limit : (gint64) -1);
  while (query != NULL && (ok = icam_sql_step (reader, query, &row, error)) && row)
    {
      IcamJournalRow entry
        = { .time_us = sqlite3_column_int64 (query, 0), .code = icam_sql_column_dup (query, 1) };

      entry.params = g_variant_parse (
        G_VARIANT_TYPE_VARDICT, (const char *) sqlite3_column_text (query, 2), NULL, NULL, NULL);
      if (entry.params == NULL)
        entry.params = g_variant_ref_sink (g_variant_new_array (G_VARIANT_TYPE ("{sv}"), NULL, 0));
      g_array_append_val (rows, entry);
    }
  icam_catalogue_read_done (store->catalogue, reader);
  return ok ? g_steal_pointer (&rows) : NULL;
}
