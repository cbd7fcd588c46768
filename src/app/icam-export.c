/* SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "icam-app"

#include "config.h"

#include "app/icam-export.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n.h>
#include <unistd.h>

#include "client/icam-words.h"

struct _IcamExport
{
  GObject parent_instance;

  IcamClient *client;
  IcamCamera *camera;
  char *name; /* of the camera, as it was then */
  gint64 from, to;
  GtkFileChooserNative *chooser;
  GFile *file;
  GCancellable *cancellable;
  double progress;
  gboolean running;
};

enum
{
  PROP_0,
  PROP_PROGRESS,
  PROP_RUNNING,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum
{
  ENDED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (IcamExport, icam_export, G_TYPE_OBJECT)

static void
end (IcamExport *self,
     const char *words)
{
  /* In this order: who listens lets go of it when it no longer runs. */
  if (words != NULL)
    g_signal_emit (self, signals[ENDED], 0, words);
  self->running = FALSE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
}

static void
end_error (IcamExport   *self,
           const GError *error)
{
  g_autofree char *reason = icam_words_error (error);
  g_autofree char *words = g_strdup_printf (
    /* Translators: a camera's name, and the reason as a sentence */
    _("%s was not exported. %s"), self->name, reason);

  end (self, words);
}

static void
progress_cb (double   progress,
             gpointer user_data)
{
  IcamExport *self = user_data;

  self->progress = CLAMP (progress, 0, 1);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROGRESS]);
}

static void
exported_cb (GObject      *source,
             GAsyncResult *result,
             gpointer      user_data)
{
  g_autoptr (IcamExport) self = user_data;
  g_autoptr (GError) error = NULL;
  gint64 from, to;
  guint64 bytes;

  if (icam_client_export_finish (ICAM_CLIENT (source), result, &from, &to, &bytes, &error))
    {
      g_autofree char *size = g_format_size (bytes);
      g_autofree char *base = g_file_get_basename (self->file);
      g_autofree char *shown = g_filename_display_name (base);
      /* Translators: name of a file and its size */
      g_autofree char *words = g_strdup_printf (_("Exported as %s (%s)"), shown, size);

      end (self, words);
      return;
    }
  /* Half a file is no file. */
  g_file_delete_async (self->file, G_PRIORITY_LOW, NULL, NULL, NULL);
  if (g_cancellable_is_cancelled (self->cancellable))
    end (self, NULL);
  else
    end_error (self, error);
}

static void
open_thread (GTask        *task,
             gpointer      source,
             gpointer      data,
             GCancellable *cancellable)
{
  g_autofree char *path = g_file_get_path (data);
  int fd = path != NULL ? open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644) : -1;

  if (fd < 0)
    g_task_return_new_error (task, G_IO_ERROR,
                             path != NULL ? g_io_error_from_errno (errno)
                                          : (int) G_IO_ERROR_NOT_SUPPORTED,
                             "%s", path != NULL ? g_strerror (errno) : _("Not a local file"));
  else
    g_task_return_int (task, fd);
}

static void
opened_cb (GObject      *source,
           GAsyncResult *result,
           gpointer      user_data)
{
  IcamExport *self = ICAM_EXPORT (source);
  g_autoptr (GError) error = NULL;
  IcamRole role;
  int fd = (int) g_task_propagate_int (G_TASK (result), &error);

  if (error != NULL)
    {
      end_error (self, error);
      return;
    }
  role = icam_camera_has_role (self->camera, ICAM_ROLE_MAIN) ? ICAM_ROLE_MAIN : ICAM_ROLE_SUB;
  icam_client_export_async (self->client, self->camera, role, self->from, self->to, fd, progress_cb,
                            self, self->cancellable, exported_cb, g_object_ref (self));
}

static void
response_cb (IcamExport           *self,
             int                   response,
             GtkFileChooserNative *chooser)
{
  g_autoptr (GTask) task = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    self->file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  g_clear_object (&self->chooser);
  if (self->file == NULL)
    {
      end (self, NULL);
      return;
    }
  self->running = TRUE;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RUNNING]);
  task = g_task_new (self, NULL, opened_cb, NULL);
  g_task_set_source_tag (task, response_cb);
  g_task_set_task_data (task, g_object_ref (self->file), g_object_unref);
  g_task_run_in_thread (task, open_thread);
}

static void
icam_export_get_property (GObject    *object,
                          guint       prop_id,
                          GValue     *value,
                          GParamSpec *pspec)
{
  IcamExport *self = ICAM_EXPORT (object);

  switch (prop_id)
    {
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_RUNNING:
      g_value_set_boolean (value, self->running);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
icam_export_finalize (GObject *object)
{
  IcamExport *self = ICAM_EXPORT (object);

  g_clear_object (&self->chooser);
  g_clear_object (&self->client);
  g_clear_object (&self->camera);
  g_clear_object (&self->file);
  g_clear_object (&self->cancellable);
  g_free (self->name);
  G_OBJECT_CLASS (icam_export_parent_class)->finalize (object);
}

static void
icam_export_class_init (IcamExportClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;

  object_class->finalize = icam_export_finalize;
  object_class->get_property = icam_export_get_property;
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, flags);
  properties[PROP_RUNNING] = g_param_spec_boolean ("running", NULL, NULL, FALSE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  signals[ENDED] = g_signal_new ("ended", ICAM_TYPE_EXPORT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
icam_export_init (IcamExport *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * icam_export_propose_name:
 * @camera: its name
 * @from: µs UTC
 *
 * Returns: (transfer full): a name of a file in local time, without what a file name cannot hold
 */
char *
icam_export_propose_name (const char *camera,
                          gint64      from)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (from / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_local (utc);
  g_autofree char *time = g_date_time_format (local, "%Y-%m-%d %H.%M.%S");
  g_autofree char *name = g_strdup_printf ("%s %s.mkv", camera, time);

  g_strdelimit (name, "/\\:*?\"<>|\n\r\t", '-');
  if (name[0] == '.')
    name[0] = '-';
  return g_steal_pointer (&name);
}

/** icam_export_new: a span of a camera in µs UTC; nothing happens until icam_export_ask() */
IcamExport *
icam_export_new (IcamClient *client,
                 IcamCamera *camera,
                 gint64      from,
                 gint64      to)
{
  IcamExport *self;

  g_return_val_if_fail (ICAM_IS_CLIENT (client), NULL);
  g_return_val_if_fail (ICAM_IS_CAMERA (camera), NULL);
  g_return_val_if_fail (to > from, NULL);

  self = g_object_new (ICAM_TYPE_EXPORT, NULL);
  self->client = g_object_ref (client);
  self->camera = g_object_ref (camera);
  self->name = g_strdup (icam_camera_get_name (camera));
  self->from = from;
  self->to = to;
  return self;
}

/** icam_export_ask: asks for a file, then begins */
void
icam_export_ask (IcamExport *self,
                 GtkWindow  *parent)
{
  g_autofree char *name = NULL;
  g_autofree char *title = NULL;

  g_return_if_fail (ICAM_IS_EXPORT (self));
  g_return_if_fail (self->chooser == NULL && self->file == NULL);

  name = icam_export_propose_name (self->name, self->from);
  /* Translators: title of a file chooser; a camera's name */
  title = g_strdup_printf (_("Export %s"), self->name);
  self->chooser = gtk_file_chooser_native_new (title, parent, GTK_FILE_CHOOSER_ACTION_SAVE,
                                               _("_Export"), _("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect_object (self->chooser, "response", G_CALLBACK (response_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/** icam_export_cancel: ends it; what was written is removed */
void
icam_export_cancel (IcamExport *self)
{
  g_return_if_fail (ICAM_IS_EXPORT (self));
  g_cancellable_cancel (self->cancellable);
}

/** icam_export_get_progress: 0 to 1 */
double
icam_export_get_progress (IcamExport *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT (self), 0);
  return self->progress;
}

/** icam_export_get_name: of the camera */
const char *
icam_export_get_name (IcamExport *self)
{
  g_return_val_if_fail (ICAM_IS_EXPORT (self), NULL);
  return self->name;
}
