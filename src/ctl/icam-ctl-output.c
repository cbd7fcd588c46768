/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-ctl"

#include "config.h"

#include "ctl/icam-ctl.h"

#include "base/icam-time.h"
#include "client/icam-words.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

struct _IcamCtlTable
{
  GPtrArray *rows; /* of char ** */
  guint columns;
};

/**
 * icam_ctl_plain:
 * @text: (nullable): text that may come from a camera
 *
 * Returns: (transfer full): the same without what would move the cursor or change the terminal, on one line
 */
char *
icam_ctl_plain (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text != NULL ? text : "", -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      g_string_append_unichar (out, g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT ? 0xfffd : c);
    }

  return g_string_free (out, FALSE);
}

static void
add_row (IcamCtlTable *self,
         const char   *first,
         va_list       args)
{
  g_autoptr (GPtrArray) row = g_ptr_array_new ();

  for (const char *cell = first; cell != NULL; cell = va_arg (args, const char *))
    g_ptr_array_add (row, icam_ctl_plain (cell));
  self->columns = MAX (self->columns, row->len);
  g_ptr_array_add (row, NULL);
  g_ptr_array_add (self->rows, g_ptr_array_free (g_steal_pointer (&row), FALSE));
}

/**
 * icam_ctl_table_new:
 * @first: heading of the first column
 * @...: more headings, then %NULL
 *
 * Returns: (transfer full): a table for people
 */
IcamCtlTable *
icam_ctl_table_new (const char *first,
                    ...)
{
  IcamCtlTable *self = g_new0 (IcamCtlTable, 1);
  va_list args;

  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  va_start (args, first);
  add_row (self, first, args);
  va_end (args);
  return self;
}

/**
 * icam_ctl_table_add:
 * @self: a table
 * @first: the first cell
 * @...: as many as there are headings, then %NULL
 */
void
icam_ctl_table_add (IcamCtlTable *self,
                    const char   *first,
                    ...)
{
  va_list args;

  va_start (args, first);
  add_row (self, first, args);
  va_end (args);
}

static guint
width_of (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }

  return width;
}

/**
 * icam_ctl_table_print:
 * @self: a table
 *
 * To standard output; nothing when it has headings only.
 */
void
icam_ctl_table_print (IcamCtlTable *self)
{
  g_autofree guint *widths = g_new0 (guint, self->columns);

  if (self->rows->len < 2)
    return;

  for (guint r = 0; r < self->rows->len; r++)
    for (guint c = 0; ((char **) self->rows->pdata[r])[c] != NULL; c++)
      widths[c] = MAX (widths[c], width_of (((char **) self->rows->pdata[r])[c]));

  for (guint r = 0; r < self->rows->len; r++)
    {
      char **row = self->rows->pdata[r];

      for (guint c = 0; row[c] != NULL; c++)
        {
          gboolean last = row[c + 1] == NULL;

          g_print ("%s%*s", row[c], last ? 0 : (int) (widths[c] - width_of (row[c]) + 2), "");
        }
      g_print ("\n");
    }
}

/**
 * icam_ctl_table_free:
 * @self: (transfer full): a table
 */
void
icam_ctl_table_free (IcamCtlTable *self)
{
  g_ptr_array_unref (self->rows);
  g_free (self);
}

/**
 * icam_ctl_print:
 * @format: a line
 * @...: its arguments
 *
 * To standard output, on one line and without control characters.
 */
void
icam_ctl_print (const char *format,
                ...)
{
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  plain = icam_ctl_plain (text);
  g_print ("%s\n", plain);
  fflush (stdout);
}

/**
 * icam_ctl_print_json:
 * @builder: a whole document
 * @one_line: as a line of JSON Lines, else indented
 */
void
icam_ctl_print_json (JsonBuilder *builder,
                     gboolean     one_line)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  g_autofree char *text = json_to_string (root, !one_line);

  g_print ("%s\n", text);
  fflush (stdout);
}

/**
 * icam_ctl_json_string:
 * @builder: inside of an object
 * @key: the member's name
 * @value: (nullable): its value; made valid UTF-8
 */
void
icam_ctl_json_string (JsonBuilder *builder,
                      const char  *key,
                      const char  *value)
{
  json_builder_set_member_name (builder, key);
  if (value == NULL)
    {
      json_builder_add_null_value (builder);
    }
  else
    {
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      json_builder_add_string_value (builder, valid);
    }
}

/**
 * icam_ctl_json_time:
 * @builder: inside of an object
 * @key: the member's name; the same with "_us" is the number
 * @utc: UTC in µs, 0 for none (null)
 */
void
icam_ctl_json_time (JsonBuilder *builder,
                    const char  *key,
                    gint64       utc)
{
  g_autofree char *number_key = g_strconcat (key, "_us", NULL);
  g_autofree char *text = utc != 0 ? icam_time_to_iso8601 (utc) : NULL;

  icam_ctl_json_string (builder, key, text);
  json_builder_set_member_name (builder, number_key);
  if (utc != 0)
    json_builder_add_int_value (builder, utc);
  else
    json_builder_add_null_value (builder);
}

/**
 * icam_ctl_json_error:
 * @builder: inside of an object
 * @key: the member's name
 * @error: (nullable): an error; null without one
 *
 * An object with "code" (frozen), "message" (for people, in their language) and "parameters".
 */
void
icam_ctl_json_error (JsonBuilder  *builder,
                     const char   *key,
                     const GError *error)
{
  g_autofree char *message = NULL;
  g_autoptr (GVariant) params = NULL;
  GVariantIter iter;
  const char *name;
  GVariant *value;
  IcamExit code;

  json_builder_set_member_name (builder, key);
  if (error == NULL)
    {
      json_builder_add_null_value (builder);
      return;
    }

  message = icam_words_error (error);
  code = icam_ctl_exit_code (error);
  json_builder_begin_object (builder);
  if (error->domain == ICAM_ERROR && (guint) error->code < ICAM_N_ERRORS)
    icam_ctl_json_string (builder, "code", icam_error_code_name ((IcamError) error->code));
  else
    icam_ctl_json_string (builder, "code", code == ICAM_EXIT_NO_RECORDER ? "NoRecorder" : "Failed");
  icam_ctl_json_string (builder, "message", message);
  json_builder_set_member_name (builder, "parameters");
  json_builder_begin_object (builder);
  params = icam_error_get_params (error);
  g_variant_iter_init (&iter, params);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value))
    {
      g_autofree char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_STRING) ? g_variant_dup_string (value, NULL)
                                                                                : g_variant_print (value, FALSE);

      icam_ctl_json_string (builder, name, text);
      g_variant_unref (value);
    }
  json_builder_end_object (builder);
  json_builder_end_object (builder);
}

/**
 * icam_ctl_camera_address:
 * @ctl: a connected client
 * @camera: a camera
 *
 * Returns: (transfer full): the address of its device, "" if it is not known
 */
char *
icam_ctl_camera_address (IcamCtl    *ctl,
                         IcamCamera *camera)
{
  const char *path = icam_dbus_camera_get_device (icam_camera_get_proxy (camera));
  g_autoptr (IcamDBusDevice) device = NULL;

  if (path == NULL || icam_client_get_manager (ctl->client) == NULL)
    return g_strdup ("");
  device = icam_client_get_device (ctl->client, path);
  return g_strdup (device != NULL && icam_dbus_device_get_address (device) != NULL ? icam_dbus_device_get_address (device) : "");
}

/**
 * icam_ctl_camera_words:
 * @camera: a camera
 *
 * Returns: (transfer full): how it is, a sentence
 */
char *
icam_ctl_camera_words (IcamCamera *camera)
{
  return icam_words_camera_state (icam_camera_get_name (camera), icam_camera_get_state (camera),
                                  icam_camera_get_error (camera), icam_camera_get_state_since (camera),
                                  icam_camera_get_retry_at (camera), g_get_real_time ());
}

/* By which way a stream comes; NULL if the recorder does not say. */
static const char *
path_of (IcamCamera *camera,
         const char *role)
{
  GVariant *paths = icam_dbus_camera_get_paths (icam_camera_get_proxy (camera));
  const char *path = NULL;

  if (paths != NULL)
    g_variant_lookup (paths, role, "&s", &path);
  return path;
}

/**
 * icam_ctl_json_camera:
 * @builder: where an object may stand
 * @ctl: a connected client
 * @camera: a camera
 */
void
icam_ctl_json_camera (JsonBuilder *builder,
                      IcamCtl     *ctl,
                      IcamCamera  *camera)
{
  g_autofree char *address = icam_ctl_camera_address (ctl, camera);
  g_autofree char *words = icam_ctl_camera_words (camera);
  GVariant *streams = icam_dbus_camera_get_streams (icam_camera_get_proxy (camera));
  GVariantIter iter;
  const char *role, *codec, *audio;
  guint width, height;
  double rate;

  json_builder_begin_object (builder);
  icam_ctl_json_string (builder, "id", icam_camera_get_id (camera));
  icam_ctl_json_string (builder, "name", icam_camera_get_name (camera));
  icam_ctl_json_string (builder, "channel", icam_camera_get_channel (camera));
  icam_ctl_json_string (builder, "address", address);
  icam_ctl_json_string (builder, "state", icam_camera_get_state (camera));
  icam_ctl_json_time (builder, "state_since", icam_camera_get_state_since (camera));
  icam_ctl_json_string (builder, "state_words", words);
  icam_ctl_json_error (builder, "error", icam_camera_get_error (camera));
  icam_ctl_json_time (builder, "retry_at", icam_camera_get_retry_at (camera));
  icam_ctl_json_string (builder, "identity", icam_camera_get_identity (camera));
  json_builder_set_member_name (builder, "motion");
  json_builder_add_boolean_value (builder, icam_camera_get_motion (camera));
  icam_ctl_json_string (builder, "detector", icam_camera_get_detector_state (camera));
  icam_ctl_json_time (builder, "added", icam_camera_get_added (camera));
  json_builder_set_member_name (builder, "streams");
  json_builder_begin_array (builder);
  if (streams != NULL)
    {
      g_variant_iter_init (&iter, streams);
      while (g_variant_iter_next (&iter, "(&s&suud&s)", &role, &codec, &width, &height, &rate, &audio))
        {
          json_builder_begin_object (builder);
          icam_ctl_json_string (builder, "role", role);
          icam_ctl_json_string (builder, "codec", codec);
          json_builder_set_member_name (builder, "width");
          json_builder_add_int_value (builder, width);
          json_builder_set_member_name (builder, "height");
          json_builder_add_int_value (builder, height);
          json_builder_set_member_name (builder, "frames_per_second");
          json_builder_add_double_value (builder, rate);
          icam_ctl_json_string (builder, "audio", *audio != '\0' ? audio : NULL);
          icam_ctl_json_string (builder, "path", path_of (camera, role));
          json_builder_end_object (builder);
        }
    }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

/**
 * icam_ctl_json_event:
 * @builder: inside of an object
 * @ctl: a connected client
 * @event: an event
 *
 * Adds the members of an event.
 */
void
icam_ctl_json_event (JsonBuilder *builder,
                     IcamCtl     *ctl,
                     IcamEvent   *event)
{
  IcamCamera *camera = icam_client_lookup_camera (ctl->client, icam_event_get_camera (event));
  const char *const *witnesses = icam_event_get_witnesses (event);

  icam_ctl_json_string (builder, "id", icam_event_get_id (event));
  icam_ctl_json_string (builder, "kind", icam_event_get_kind (event));
  icam_ctl_json_string (builder, "camera", icam_event_get_camera (event));
  icam_ctl_json_string (builder, "camera_name", camera != NULL ? icam_camera_get_name (camera) : NULL);
  icam_ctl_json_string (builder, "channel", icam_event_get_channel (event));
  icam_ctl_json_time (builder, "start", icam_event_get_start (event));
  icam_ctl_json_time (builder, "end", icam_event_get_end (event));
  icam_ctl_json_time (builder, "peak", icam_event_get_peak (event));
  json_builder_set_member_name (builder, "score");
  json_builder_add_double_value (builder, icam_event_get_score (event));
  json_builder_set_member_name (builder, "witnesses");
  json_builder_begin_array (builder);
  for (guint i = 0; witnesses[i] != NULL; i++)
    json_builder_add_string_value (builder, witnesses[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "thumbnail");
  json_builder_add_boolean_value (builder, icam_event_has_thumbnail (event));
}

/**
 * icam_ctl_progress:
 * @fraction: how far it is, 0..1
 * @time_left: µs, -1 not known; not shown
 * @progress: an #IcamCtlProgress, zero at first
 */
void
icam_ctl_progress (double   fraction,
                   gint64   time_left,
                   gpointer progress)
{
  IcamCtlProgress *self = progress;
  int percent = (int) (fraction * 100);

  if (self->shown && percent == self->percent)
    return;
  self->shown = TRUE;
  self->percent = percent;
  g_printerr ("\r%3d %%", percent);
}

/**
 * icam_ctl_progress_end:
 * @progress: a progress: the line is free for words again
 */
void
icam_ctl_progress_end (IcamCtlProgress *progress)
{
  if (progress->shown)
    g_printerr ("\r     \r");
  progress->shown = FALSE;
}
