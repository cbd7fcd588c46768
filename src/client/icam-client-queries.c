/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-client"

#include "config.h"

#include "client/icam-client-private.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

/* A thumbnail is at most 480 pixels wide; a larger file is none. */
#define MAX_THUMBNAIL (2 * 1024 * 1024)

int
icam_client_take_fd (GUnixFDList *fds,
                     GVariant    *handle,
                     GError     **error)
{
  int fd;

  if (fds == NULL || handle == NULL)
    {
      icam_error_set (error, ICAM_ERROR_BAD_ANSWER, "detail", "no descriptor", NULL);
      return -1;
    }
  fd = g_unix_fd_list_get (fds, g_variant_get_handle (handle), error);
  return fd;
}

/* ---- events ---- */

static void
on_events (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func (g_object_unref);
  GError *error = NULL;
  GVariantIter iter;
  GVariant *row;

  if (!icam_dbus_manager_call_list_events_finish (ICAM_DBUS_MANAGER (source), &rows, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  g_variant_iter_init (&iter, rows);
  while ((row = g_variant_iter_next_value (&iter)) != NULL)
    {
      IcamEvent *event = icam_event_new_from_variant (row);

      if (event != NULL)
        g_ptr_array_add (events, event);
      g_variant_unref (row);
    }

  g_task_return_pointer (task, g_steal_pointer (&events), (GDestroyNotify) g_ptr_array_unref);
}

/**
 * icam_client_list_events_async:
 * @self: a client
 * @camera: (nullable): UUID of a camera, %NULL for all
 * @from: UTC in µs
 * @to: UTC in µs
 * @limit: how many at most; 0 for as many as the recorder gives
 * @cancellable: (nullable): a cancellable
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_list_events_async (IcamClient         *self,
                               const char         *camera,
                               gint64              from,
                               gint64              to,
                               guint               limit,
                               GCancellable       *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusManager *manager = icam_client_get_manager (self);
  GVariantDict options = G_VARIANT_DICT_INIT (NULL);

  g_task_set_source_tag (task, icam_client_list_events_async);
  if (manager == NULL)
    {
      g_variant_dict_clear (&options);
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  if (camera != NULL)
    g_variant_dict_insert (&options, "camera", "s", camera);
  if (limit > 0)
    g_variant_dict_insert (&options, "limit", "u", limit);
  icam_dbus_manager_call_list_events (manager, from, to, g_variant_dict_end (&options), cancellable, on_events,
                                      g_object_ref (task));
}

/**
 * icam_client_list_events_finish:
 * @self: a client
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): of IcamEvent, newest first
 */
GPtrArray *
icam_client_list_events_finish (IcamClient   *self,
                                GAsyncResult *result,
                                GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- thumbnails ---- */

typedef struct
{
  char *channel;
  int fd;
} Thumbnail;

static void
thumbnail_free (Thumbnail *thumbnail)
{
  g_free (thumbnail->channel);
  if (thumbnail->fd >= 0)
    close (thumbnail->fd);
  g_free (thumbnail);
}

/* Whether a JPEG says in a comment (COM, ITU T.81 B.2.4.5) that it belongs to @channel: "icam channel=HEX utc=MICROSECONDS". */
static gboolean
jpeg_is_of_channel (const guint8 *data,
                    gsize         size,
                    const char   *channel)
{
  g_autofree char *wanted = g_strdup_printf ("icam channel=%s ", channel);
  gsize at = 2;

  if (size < 4 || data[0] != 0xff || data[1] != 0xd8)
    return FALSE;

  /* The segments before the scan; each has its length after the marker. */
  while (at + 4 <= size && data[at] == 0xff && data[at + 1] != 0xda)
    {
      gsize length = (gsize) data[at + 2] << 8 | data[at + 3];

      if (length < 2 || length > size - at - 2)
        return FALSE;
      if (data[at + 1] == 0xfe && length - 2 >= strlen (wanted)
          && memcmp (data + at + 4, wanted, strlen (wanted)) == 0)
        return TRUE;
      at += 2 + length;
    }

  return FALSE;
}

static void
read_thumbnail (GTask        *task,
                gpointer      source,
                gpointer      task_data,
                GCancellable *cancellable)
{
  Thumbnail *thumbnail = task_data;
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  guint8 buffer[32768];
  gssize got;

  while ((got = read (thumbnail->fd, buffer, sizeof buffer)) != 0)
    {
      if (got < 0 && errno == EINTR)
        continue;
      if (got < 0)
        {
          int saved = errno;

          g_task_return_new_error (task, G_IO_ERROR, g_io_error_from_errno (saved), "%s", g_strerror (saved));
          return;
        }
      if (bytes->len + (gsize) got > MAX_THUMBNAIL)
        break;
      g_byte_array_append (bytes, buffer, (guint) got);
    }

  if (!jpeg_is_of_channel (bytes->data, bytes->len, thumbnail->channel))
    {
      g_warning ("A thumbnail does not carry the id of its channel; it is not shown.");
      g_task_return_error (task, icam_error_new (ICAM_ERROR_BAD_ANSWER, "detail", "thumbnail of another channel", NULL));
      return;
    }

  g_task_return_pointer (task, g_byte_array_free_to_bytes (g_steal_pointer (&bytes)), (GDestroyNotify) g_bytes_unref);
}

static void
on_thumbnail (GObject      *source,
              GAsyncResult *result,
              gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  Thumbnail *thumbnail = g_task_get_task_data (task);
  g_autoptr (GUnixFDList) fds = NULL;
  g_autoptr (GVariant) handle = NULL;
  GError *error = NULL;

  if (!icam_dbus_manager_call_open_thumbnail_finish (ICAM_DBUS_MANAGER (source), &handle, &fds, result, &error)
      || (thumbnail->fd = icam_client_take_fd (fds, handle, &error)) < 0)
    {
      g_task_return_error (task, error);
      return;
    }

  g_task_run_in_thread (task, read_thumbnail);
}

/**
 * icam_client_load_thumbnail_async:
 * @self: a client
 * @event: an event
 * @cancellable: (nullable): a cancellable
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_load_thumbnail_async (IcamClient         *self,
                                  IcamEvent          *event,
                                  GCancellable       *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  IcamDBusManager *manager = icam_client_get_manager (self);
  Thumbnail *thumbnail = g_new0 (Thumbnail, 1);

  g_task_set_source_tag (task, icam_client_load_thumbnail_async);
  thumbnail->fd = -1;
  thumbnail->channel = g_strdup (icam_event_get_channel (event));
  g_task_set_task_data (task, thumbnail, (GDestroyNotify) thumbnail_free);
  if (manager == NULL)
    {
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  icam_dbus_manager_call_open_thumbnail (manager, icam_event_get_id (event), g_variant_new ("a{sv}", NULL), NULL,
                                         cancellable, on_thumbnail, g_object_ref (task));
}

/**
 * icam_client_load_thumbnail_finish:
 * @self: a client
 * @result: a result
 * @error: return location; ICAM_ERROR_BAD_ANSWER when the picture carries another channel's id, or none
 *
 * Returns: (transfer full): a JPEG
 */
GBytes *
icam_client_load_thumbnail_finish (IcamClient   *self,
                                   GAsyncResult *result,
                                   GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* ---- recordings ---- */

/**
 * icam_recordings_free:
 * @recordings: (transfer full) (nullable): an answer of icam_client_list_recordings_finish()
 */
void
icam_recordings_free (IcamRecordings *recordings)
{
  if (recordings == NULL)
    return;
  g_array_unref (recordings->spans);
  g_array_unref (recordings->gaps);
  g_free (recordings);
}

static int
compare_spans (gconstpointer a,
               gconstpointer b)
{
  const IcamSpan *one = a;
  const IcamSpan *other = b;

  if (one->start != other->start)
    return one->start < other->start ? -1 : 1;
  return one->seq < other->seq ? -1 : one->seq > other->seq;
}

static int
compare_gaps (gconstpointer a,
              gconstpointer b)
{
  const IcamGap *one = a;
  const IcamGap *other = b;

  return one->start < other->start ? -1 : one->start > other->start;
}

static void
on_segments (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GVariant) segments = NULL;
  g_autoptr (GVariant) gaps = NULL;
  g_autoptr (IcamRecordings) recordings = NULL;
  GError *error = NULL;
  GVariantIter iter;
  IcamSpan span;
  IcamGap gap;
  const char *channel;
  const char *state;
  const char *identity;
  const char *cause;

  if (!icam_dbus_camera_call_list_segments_finish (ICAM_DBUS_CAMERA (source), &segments, &gaps, result, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  recordings = g_new0 (IcamRecordings, 1);
  recordings->spans = g_array_new (FALSE, FALSE, sizeof (IcamSpan));
  recordings->gaps = g_array_new (FALSE, FALSE, sizeof (IcamGap));

  g_variant_iter_init (&iter, segments);
  while (g_variant_iter_next (&iter, "(&stuxxt&s&s)", &channel, &span.seq, &span.epoch, &span.start, &span.end,
                              &span.bytes, &state, &identity))
    {
      IcamUuid uuid;

      if (!icam_uuid_parse (channel, &uuid) || span.end < span.start)
        continue;
      icam_uuid_format (&uuid, span.channel);
      span.open = g_str_equal (state, "open");
      span.unverified = !g_str_equal (identity, "same");
      g_array_append_val (recordings->spans, span);
    }
  g_array_sort (recordings->spans, compare_spans);

  g_variant_iter_init (&iter, gaps);
  while (g_variant_iter_next (&iter, "(xx&s)", &gap.start, &gap.end, &cause))
    {
      gap.cause = icam_gap_cause_from_string (cause);
      g_array_append_val (recordings->gaps, gap);
    }
  g_array_sort (recordings->gaps, compare_gaps);

  g_task_return_pointer (task, g_steal_pointer (&recordings), (GDestroyNotify) icam_recordings_free);
}

/**
 * icam_client_list_recordings_async:
 * @self: a client
 * @camera: a camera
 * @role: which encoding
 * @from: UTC in µs
 * @to: UTC in µs
 * @cancellable: (nullable): a cancellable
 * @callback: called when done
 * @user_data: for @callback
 */
void
icam_client_list_recordings_async (IcamClient         *self,
                                   IcamCamera         *camera,
                                   IcamRole            role,
                                   gint64              from,
                                   gint64              to,
                                   GCancellable       *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer            user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, icam_client_list_recordings_async);
  if (icam_client_get_manager (self) == NULL)
    {
      g_task_return_error (task, icam_client_new_absent_error (self));
      return;
    }

  icam_dbus_camera_call_list_segments (icam_camera_get_proxy (camera), icam_role_to_string (role), from, to,
                                       g_variant_new ("a{sv}", NULL), cancellable, on_segments, g_object_ref (task));
}

/**
 * icam_client_list_recordings_finish:
 * @self: a client
 * @result: a result
 * @error: return location
 *
 * Returns: (transfer full): what was recorded and what was not
 */
IcamRecordings *
icam_client_list_recordings_finish (IcamClient   *self,
                                    GAsyncResult *result,
                                    GError      **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
